package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"podlab/internal/engine"
	"podlab/internal/state"
)

// Info is what is known of an image that podlab has or could have.
type Info struct {
	// Name is its reference.
	Name   string `json:"name"`
	Source Source `json:"source"`
	// Present says whether the engine has it; Inside, for those that it has
	// not, in which node image it is.
	Present bool   `json:"present"`
	Inside  string `json:"inside,omitempty"`
	// Current says whether it is what podlab would use now.
	Current bool `json:"current"`
	// Size is in bytes, 0 when it is not known.
	Size int64 `json:"size,omitempty"`
	// Created is when it was made; zero when that is not known.
	Created time.Time `json:"created,omitzero"`
}

// List lists the images that podlab made, and those that it pulls.
func List(ctx context.Context, e *engine.Engine, o Options) ([]Info, error) {
	built, err := listBuilt(ctx, e, o)
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	pulled, err := listPinned(ctx, e, pinned())
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	return append(built, pulled...), nil
}

// inspected is what engines say of an image.
type inspected struct {
	Size    int64
	Created time.Time
	Config  struct{ Labels map[string]string }
}

// inspect asks for an image; nil when it is not there.
func inspect(ctx context.Context, e *engine.Engine, ref string) (*inspected, error) {
	if _, ok, err := e.ImageID(ctx, ref); !ok || err != nil {
		return nil, err
	}
	out, err := e.Output(ctx, "image", "inspect", ref)
	if err != nil {
		return nil, err
	}
	var list []inspected
	err = json.Unmarshal(out, &list)
	if err == nil && len(list) == 0 {
		err = errors.New("it describes no image")
	}
	if err != nil {
		return nil, fmt.Errorf("read the engine's reply about %s: %w", ref, err)
	}
	return &list[0], nil
}

// listBuilt lists the node images, and what is in them.
func listBuilt(ctx context.Context, e *engine.Engine, o Options) ([]Info, error) {
	refs, err := nodeImages(ctx, e)
	if err != nil {
		return nil, err
	}
	current, err := prebuilt(ctx, e, o)
	if err != nil {
		return nil, err
	}
	var list []Info
	for _, ref := range refs {
		found, err := inspect(ctx, e, ref)
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue
		}
		isCurrent := current != nil && current.Node == ref
		list = append(list, Info{Name: ref, Source: Packages, Present: true, Current: isCurrent, Size: found.Size, Created: found.Created})
		if isCurrent {
			for name := range strings.FieldsSeq(found.Config.Labels[labelContents]) {
				list = append(list, Info{Name: name, Source: Packages, Inside: ref, Current: true})
			}
		}
	}
	return list, nil
}

// nodeImages are the references of all node images that podlab has made.
func nodeImages(ctx context.Context, e *engine.Engine) ([]string, error) {
	out, err := e.Output(ctx, "images", "--filter", "label="+labelSources, "--format", "{{.Repository}}:{{.Tag}}")
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(out)), nil
}

// listPinned lists what is pulled.
func listPinned(ctx context.Context, e *engine.Engine, c catalog) ([]Info, error) {
	var list []Info
	for i, image := range c.all() {
		ref := image.short()
		if i == 0 {
			ref = image.byDigest()
		}
		info := Info{Name: image.short(), Source: Registry, Current: true}
		found, err := inspect(ctx, e, ref)
		if err != nil {
			return nil, err
		}
		if found != nil {
			info.Present, info.Size, info.Created = true, found.Size, found.Created
		}
		list = append(list, info)
	}
	return list, nil
}

// Remove removes images from the engine that podlab has brought there: these,
// or without names all. It returns what it has removed. What a container uses
// stays, and is an error.
func Remove(ctx context.Context, e *engine.Engine, names ...string) (removed []string, err error) {
	ours, err := owned(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("remove images: %w", err)
	}
	if len(names) == 0 {
		names = sortedKeys(ours)
	}
	for _, name := range names {
		if !ours[name] {
			err = errors.Join(err, fmt.Errorf("remove image %s: podlab has not brought it here", name))
			continue
		}
		if _, failed := e.Output(ctx, "rmi", name); failed != nil {
			err = errors.Join(err, fmt.Errorf("remove image %s: %w", name, failed))
			continue
		}
		removed = append(removed, name)
	}
	return removed, err
}

// owned are the references that podlab has given to images.
func owned(ctx context.Context, e *engine.Engine) (map[string]bool, error) {
	refs, err := nodeImages(ctx, e)
	if err != nil {
		return nil, err
	}
	ours := make(map[string]bool)
	for _, ref := range refs {
		ours[ref] = true
	}
	tags, err := pulledTags()
	if err != nil {
		return nil, err
	}
	for ref, id := range tags {
		// Somebody else may have given the name to something else since.
		if now, ok, err := e.ImageID(ctx, ref); err != nil {
			return nil, err
		} else if ok && now == id {
			ours[ref] = true
		}
	}
	return ours, nil
}

// remember notes that podlab has given a pulled image its tag.
func remember(ctx context.Context, e *engine.Engine, image pin) error {
	id, ok, err := e.ImageID(ctx, image.short())
	if err != nil || !ok {
		return err
	}
	tags, err := pulledTags()
	if err != nil {
		return err
	}
	tags[image.short()] = id
	data, err := json.MarshalIndent(tags, "", "  ")
	if err != nil {
		return fmt.Errorf("encode pulled images: %w", err)
	}
	path, err := pulledFile()
	if err != nil {
		return err
	}
	return state.WriteFile(path, append(data, '\n'), 0o600)
}

// pulledTags are the tags that podlab has given, with their images' IDs.
func pulledTags() (map[string]string, error) {
	path, err := pulledFile()
	if err != nil {
		return nil, err
	}
	tags := make(map[string]string)
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return tags, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &tags)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return tags, nil
}

func pulledFile() (string, error) {
	dir, err := state.Dir()
	return filepath.Join(dir, "pulled.json"), err
}

// RemoveCache removes everything that was kept of building images, once nobody
// builds any.
func RemoveCache(ctx context.Context, o Options) error {
	c, err := openCache()
	if err != nil {
		return err
	}
	unlock, err := c.lock(ctx, o.report())
	if err != nil {
		return err
	}
	defer unlock()
	return c.remove(func(string, time.Time) bool { return true })
}
