package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"podlab/internal/engine"
	"podlab/internal/state"
)

// Remove removes the named images from the engine or, without names, all images that
// podlab added. It returns the names of the removed images. An image that a container
// uses stays, and is an error.
func Remove(ctx context.Context, e *engine.Engine, names ...string) (removed []string, err error) {
	ours, err := owned(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("remove images: %w", err)
	}
	if len(names) == 0 {
		names = slices.Sorted(maps.Keys(ours))
	}
	for _, name := range names {
		if !ours[name] {
			err = errors.Join(err, fmt.Errorf("remove image %s: podlab did not add it", name))
			continue
		}
		if _, rmErr := e.Output(ctx, "rmi", name); rmErr != nil {
			err = errors.Join(err, fmt.Errorf("remove image %s: %w", name, rmErr))
			continue
		}
		removed = append(removed, name)
	}
	return removed, err
}

// RemoveCache removes the results of all build steps. It waits while another
// podlab builds.
func RemoveCache(ctx context.Context, o Options) error {
	cache, err := openCache()
	if err != nil {
		return err
	}
	unlock, err := cache.Lock(ctx, o.report())
	if err != nil {
		return err
	}
	defer unlock()
	return cache.RemoveAll()
}

// owned returns the references that podlab has added to the engine.
func owned(ctx context.Context, e *engine.Engine) (map[string]bool, error) {
	refs, err := nodeImages(ctx, e, labelSources)
	if err != nil {
		return nil, err
	}
	ours := make(map[string]bool)
	for _, ref := range refs {
		ours[ref] = true
	}
	recorded, err := readRecord()
	if err != nil {
		return nil, err
	}
	for ref, id := range recorded {
		// The user may have given this tag to another image since.
		if now, ok, err := e.ImageID(ctx, ref); err != nil {
			return nil, err
		} else if ok && now == id {
			ours[ref] = true
		}
	}
	return ours, nil
}

// record records that podlab has added the image with this reference to the engine.
func record(ctx context.Context, e *engine.Engine, ref string) error {
	id, ok, err := e.ImageID(ctx, ref)
	if err != nil || !ok {
		return err
	}
	ids, err := readRecord()
	if err != nil {
		return err
	}
	ids[ref] = id
	data, err := json.MarshalIndent(ids, "", "  ")
	if err != nil {
		return fmt.Errorf("encode pulled images: %w", err)
	}
	path, err := recordFile()
	if err != nil {
		return err
	}
	return state.WriteFile(path, append(data, '\n'), 0o600)
}

// readRecord returns the recorded image IDs by reference.
func readRecord() (map[string]string, error) {
	path, err := recordFile()
	if err != nil {
		return nil, err
	}
	ids := make(map[string]string)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return ids, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &ids)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return ids, nil
}

func recordFile() (string, error) {
	dir, err := state.Dir()
	return filepath.Join(dir, "pulled.json"), err
}
