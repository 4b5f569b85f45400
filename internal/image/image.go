package image

import (
	"io/fs"

	"podlab/internal/assets"
	"podlab/internal/progress"
)

// A Source is where images come from.
type Source string

const (
	// Auto uses images that the engine has, else the registry, else packages.
	Auto Source = "auto"
	// Registry pulls images that are pinned by digest.
	Registry Source = "registry"
	// Packages builds images from Go modules and Debian packages.
	Packages Source = "packages"
)

// Images are the images of a cluster.
type Images struct {
	// Source is where they came from: Registry or Packages.
	Source Source
	// Node is the engine's reference of the node image.
	Node string
	// Kubernetes is the node image's version of Kubernetes, with its v.
	Kubernetes string
	// Load are references of images in the engine that each node still has to
	// load; none if the node image has them inside.
	Load []string
	// Pause is the reference of the image that sandboxes run, "" for the node
	// image's own.
	Pause string
}

// Options say how to get images.
type Options struct {
	// Source is where images come from; "" is Auto.
	Source Source
	// Progress reports what takes time; nil reports nothing.
	Progress progress.Reporter
	// Ask asks the user a yes-or-no question before podlab installs a program
	// that it needs to build images. With nil, podlab installs without asking.
	Ask func(question string) (bool, error)
	// Sources has the directory images of podlab's repository; nil is the
	// copy inside podlab.
	Sources fs.FS
}

func (o Options) report() progress.Reporter {
	if o.Progress == nil {
		return progress.Discard
	}
	return o.Progress
}

func (o Options) sources() (fs.FS, error) {
	if o.Sources != nil {
		return o.Sources, nil
	}
	return assets.Images()
}
