package image

import (
	"context"

	"podlab/internal/engine"
)

func obtain(ctx context.Context, e *engine.Engine, o Options, _ bool) (*Images, error) {
	return Build(ctx, e, o)
}
