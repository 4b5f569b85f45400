package image

import (
	"bytes"
	"context"
	"fmt"

	"podlab/internal/engine"
	"podlab/internal/image/own"
)

// Program returns one of podlab's own static programs (pause, noreap, tiny,
// orphan, waitstat) for Linux on an architecture in Go's words.
func Program(name, arch string) ([]byte, error) { return own.Program(name, arch) }

// loadOwn loads podlab's own images into the engine unless it has them, and
// returns their references.
func loadOwn(ctx context.Context, e *engine.Engine) ([]string, error) {
	all, err := own.Images(e.Arch)
	if err != nil {
		return nil, err
	}
	refs := make([]string, len(all))
	for i, image := range all {
		refs[i] = image.Ref
		if err := loadIfMissing(ctx, e, image); err != nil {
			return nil, fmt.Errorf("load image %s: %w", image.Ref, err)
		}
	}
	return refs, nil
}

func loadIfMissing(ctx context.Context, e *engine.Engine, image *own.Image) error {
	want, err := image.ConfigName()
	if err != nil {
		return err
	}
	if id, ok, err := e.ImageID(ctx, image.Ref); err != nil || ok && id == want.String() {
		return err
	}
	var archive bytes.Buffer
	if err := image.Save(&archive); err != nil {
		return err
	}
	if err := e.Load(ctx, &archive); err != nil {
		return err
	}
	return record(ctx, e, image.Ref)
}
