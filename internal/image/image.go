package image

import (
	"io/fs"

	"podlab/internal/assets"
	"podlab/internal/progress"
)

// A Source is where images come from.
type Source string

const (
	// Auto takes what is there already, else the registry, else packages.
	Auto Source = "auto"
	// Registry pulls images that are pinned by digest.
	Registry Source = "registry"
	// Packages builds them from Go modules and Debian packages.
	Packages Source = "packages"
)

// Images are what a cluster is made of.
type Images struct {
	// Source is where they came from: Registry or Packages.
	Source Source
	// Node is the node image, as the engine knows it.
	Node string
	// Kubernetes is the node image's version, with its v.
	Kubernetes string
	// Load are references of the engine's images that are still to be loaded
	// into each node; empty when they are inside the node image.
	Load []string
	// Pause is the image that sandboxes run, "" for the node image's own.
	Pause string
}

// Options say how images are obtained.
type Options struct {
	// Source is where from; "" is Auto.
	Source Source
	// Progress is told what takes time; nil says nothing.
	Progress progress.Reporter
	// Ask puts a yes-or-no question to the user before a program that is
	// missing for building is installed; nil when nobody is there to answer,
	// which makes podlab say what it does and go on.
	Ask func(question string) (bool, error)
	// Sources holds the directories images and pause of podlab's repository;
	// nil takes those that podlab was built with.
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
