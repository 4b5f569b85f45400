package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"podlab/internal/engine"
)

// Info describes an image that podlab has or can get.
type Info struct {
	// Name is the reference.
	Name   string `json:"name"`
	Source Source `json:"source"`
	// Present says whether the engine has the image. If not, Inside is the
	// node image that has it inside, or "".
	Present bool   `json:"present"`
	Inside  string `json:"inside,omitempty"`
	// Current says whether podlab would use the image now.
	Current bool `json:"current"`
	// Size is in bytes, 0 if it is not known.
	Size int64 `json:"size,omitempty"`
	// Created is zero if it is not known.
	Created time.Time `json:"created,omitzero"`
}

// List lists the images that podlab has built, and the images that it pulls.
func List(ctx context.Context, e *engine.Engine, o Options) ([]Info, error) {
	built, err := listBuilt(ctx, e, o)
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	pulled, err := listPinned(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("list images: %w", err)
	}
	return append(built, pulled...), nil
}

// inspected is an engine's description of an image.
type inspected struct {
	Size    int64
	Created time.Time
	Config  struct{ Labels map[string]string }
}

// inspect returns an engine's description of an image, nil if the engine does
// not have the image.
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

// listBuilt lists the node images, and the images inside the current one.
func listBuilt(ctx context.Context, e *engine.Engine, o Options) ([]Info, error) {
	refs, err := nodeImages(ctx, e, labelSources)
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

// listPinned lists the images that podlab pulls.
func listPinned(ctx context.Context, e *engine.Engine) ([]Info, error) {
	var list []Info
	for _, image := range pinned().wanted() {
		info := Info{Name: image.Short(), Source: Registry, Current: true}
		found, err := inspect(ctx, e, image.ref)
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
