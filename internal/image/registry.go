package image

import (
	"context"
	"fmt"
	"strings"
	"time"

	"podlab/internal/engine"
)

// Pull pulls the node image and the study's images, as far as they are not
// there.
func Pull(ctx context.Context, e *engine.Engine, o Options) (*Images, error) {
	return pinned().pull(ctx, &puller{engine: e, patience: patient}, o)
}

func pinned() catalog { return catalog{node: nodePin, study: studyPins} }

// images are what a cluster is made of, once all is pulled.
func (c catalog) images() *Images {
	images := &Images{Source: Registry, Node: c.node.short() + "@" + c.node.digest}
	_, images.Kubernetes, _ = cutLast(c.node.ref, ":")
	for _, study := range c.study {
		images.Load = append(images.Load, study.short())
	}
	return images
}

// present says whether the engine has everything.
func (c catalog) present(ctx context.Context, e *engine.Engine) (bool, error) {
	refs := []string{c.node.byDigest()}
	for _, study := range c.study {
		refs = append(refs, study.short())
	}
	for _, ref := range refs {
		if _, ok, err := e.ImageID(ctx, ref); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// pull pulls what is missing, one after the other: the engine itself takes
// several layers at a time.
func (c catalog) pull(ctx context.Context, p *puller, o Options) (*Images, error) {
	for i, image := range c.all() {
		// The study's images are known by their tags. One of that name that
		// is there is the user's, and stays as it is.
		ref := image.short()
		if i == 0 {
			ref = image.byDigest()
		}
		switch _, ok, err := p.engine.ImageID(ctx, ref); {
		case err != nil:
			return nil, err
		case ok:
			continue
		}
		if err := p.obtain(ctx, image, o); err != nil {
			return nil, err
		}
	}
	return c.withOwn(ctx, p.engine)
}

// withOwn makes the engine have podlab's own images as well.
func (c catalog) withOwn(ctx context.Context, e *engine.Engine) (*Images, error) {
	images := c.images()
	own, err := loadOwn(ctx, e)
	images.Load = append(images.Load, own...)
	return images, err
}

// obtain pulls an image by its digest and gives it its tag.
func (p *puller) obtain(ctx context.Context, image pin, o Options) (err error) {
	c, err := openCache()
	if err != nil {
		return err
	}
	what := "pull " + image.short()
	started := time.Now()
	shown := o.report().Begin(what, c.last(what))
	defer func() { shown.End(err) }()
	if err := p.pull(ctx, image, shown); err != nil {
		return err
	}
	if _, err := p.engine.Output(ctx, "tag", image.byDigest(), image.short()); err != nil {
		return fmt.Errorf("tag %s: %w", image.short(), err)
	}
	if err := remember(ctx, p.engine, image); err != nil {
		return err
	}
	return c.remember(what, time.Since(started))
}

// Ensure makes sure that the engine has the images that a cluster needs.
func Ensure(ctx context.Context, e *engine.Engine, o Options) (*Images, error) {
	switch o.Source {
	case Registry:
		return Pull(ctx, e, o)
	case Packages:
		if images, err := prebuilt(ctx, e, o); images != nil || err != nil {
			return images, err
		}
		return Build(ctx, e, o)
	default:
		return pinned().auto(ctx, &puller{engine: e, patience: hurried}, o)
	}
}

// auto takes what is there, else pulls it, else builds it.
func (c catalog) auto(ctx context.Context, p *puller, o Options) (*Images, error) {
	if images, err := prebuilt(ctx, p.engine, o); images != nil || err != nil {
		return images, err
	}
	switch ok, err := c.present(ctx, p.engine); {
	case err != nil:
		return nil, err
	case ok:
		return c.withOwn(ctx, p.engine)
	}
	images, err := c.pull(ctx, p, o)
	if err == nil || ctx.Err() != nil {
		return images, err
	}
	if unbuildable := buildable(p.engine); unbuildable != nil {
		return nil, fmt.Errorf("%w; and here images can't be built from packages instead: %w", err, unbuildable)
	}
	o.report().Log("%s; building images from packages instead", firstLine(err.Error()))
	return Build(ctx, p.engine, o)
}

// firstLine keeps a message to one line.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
