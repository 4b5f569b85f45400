package image

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"podlab/internal/engine"
	"podlab/internal/image/pull"
)

// Ensure makes sure that the engine has the images that a cluster needs.
func Ensure(ctx context.Context, e *engine.Engine, o Options) (*Images, error) {
	switch o.Source {
	case Registry:
		return pinned().pull(ctx, &pull.Puller{Engine: e, Timeouts: pull.LongTimeouts}, o)
	case Packages:
		if images, err := prebuilt(ctx, e, o); images != nil || err != nil {
			return images, err
		}
		return Build(ctx, e, o)
	default:
		return pinned().auto(ctx, &pull.Puller{Engine: e, Timeouts: pull.ShortTimeouts}, o)
	}
}

// A catalog lists the images to pull for a cluster.
type catalog struct {
	node  pull.Pin
	study []pull.Pin
}

func pinned() catalog { return catalog{node: pull.NodePin, study: pull.StudyPins} }

// A wantedImage is an image of a catalog, and the reference that it must have
// in the engine.
type wantedImage struct {
	pull.Pin
	ref string
}

// wanted lists all images. podlab identifies the node image by its digest and the
// study's images by their tags: if the user has an image with the same tag, podlab
// keeps the user's image.
func (c catalog) wanted() []wantedImage {
	list := []wantedImage{{c.node, c.node.ByDigest()}}
	for _, study := range c.study {
		list = append(list, wantedImage{study, study.Short()})
	}
	return list
}

// auto uses images that were built before, else pulls, else builds.
func (c catalog) auto(ctx context.Context, p *pull.Puller, o Options) (*Images, error) {
	if images, err := prebuilt(ctx, p.Engine, o); images != nil || err != nil {
		return images, err
	}
	images, err := c.pull(ctx, p, o)
	failed, ok := errors.AsType[*pull.Error](err)
	if !ok {
		return images, err
	}
	if err := buildable(p.Engine); err != nil {
		return nil, fmt.Errorf("%w; no alternative: %w", failed, err)
	}
	line, _, _ := strings.Cut(failed.Error(), "\n")
	o.report().Log("%s; building images from packages instead", line)
	return Build(ctx, p.Engine, o)
}

// pull pulls the images that are missing, one after the other: the engine
// itself pulls several layers at a time.
func (c catalog) pull(ctx context.Context, p *pull.Puller, o Options) (*Images, error) {
	images := &Images{Source: Registry, Node: c.node.Short() + "@" + c.node.Digest, Kubernetes: c.node.Tag()}
	for _, image := range c.wanted() {
		_, ok, err := p.Engine.ImageID(ctx, image.ref)
		if err != nil {
			return nil, err
		}
		if !ok {
			if err := pullImage(ctx, p, image.Pin, o); err != nil {
				return nil, err
			}
		}
	}
	for _, study := range c.study {
		images.Load = append(images.Load, study.Short())
	}
	own, err := loadOwn(ctx, p.Engine)
	images.Load = append(images.Load, own...)
	return images, err
}

// pullImage pulls an image, and records that podlab did.
func pullImage(ctx context.Context, p *pull.Puller, image pull.Pin, o Options) (err error) {
	cache, err := openCache()
	if err != nil {
		return err
	}
	what := "pull " + image.Short()
	started := time.Now()
	shown := o.report().Begin(what, cache.LastDuration(what))
	defer func() { shown.End(err) }()
	if err := p.Pull(ctx, image, shown); err != nil {
		return err
	}
	if err := record(ctx, p.Engine, image.Short()); err != nil {
		return err
	}
	return cache.SaveDuration(what, time.Since(started))
}
