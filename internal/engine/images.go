package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Load reads a docker archive with images into the engine.
func (e *Engine) Load(ctx context.Context, r io.Reader) error {
	if err := e.Input(ctx, r, "load"); err != nil {
		return fmt.Errorf("load images: %w", err)
	}
	return nil
}

// ImageID returns the ID of the image that the engine has under that
// reference; ok is false when it has none.
func (e *Engine) ImageID(ctx context.Context, ref string) (id string, ok bool, err error) {
	out, err := e.Output(ctx, "image", "inspect", "--format", "{{.Id}}", ref)
	if failed, is := errors.AsType[*CommandError](err); is && noImage(failed.Stderr) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look for image %s: %w", ref, err)
	}
	return strings.TrimSpace(string(out)), true, nil
}

// noImage knows the words in which docker and nerdctl, and podman, say so.
func noImage(stderr string) bool {
	stderr = strings.ToLower(stderr)
	return strings.Contains(stderr, "no such image") || strings.Contains(stderr, "image not known")
}
