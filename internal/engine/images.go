package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Load loads the images in a docker archive into the engine.
func (e *Engine) Load(ctx context.Context, r io.Reader) error {
	if err := e.Input(ctx, r, "load"); err != nil {
		return fmt.Errorf("load images: %w", err)
	}
	return nil
}

// ImageID returns the ID of the engine's image with this reference. ok is false
// if there is no such image.
func (e *Engine) ImageID(ctx context.Context, ref string) (id string, ok bool, err error) {
	out, err := e.Output(ctx, "image", "inspect", "--format", "{{.Id}}", ref)
	if failed, is := errors.AsType[*CommandError](err); is && isNoImage(failed.Stderr) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look up image %s: %w", ref, err)
	}
	return strings.TrimSpace(string(out)), true, nil
}

// isNoImage recognizes the messages of docker and nerdctl, and of podman.
func isNoImage(stderr string) bool {
	stderr = strings.ToLower(stderr)
	return strings.Contains(stderr, "no such image") || strings.Contains(stderr, "image not known")
}
