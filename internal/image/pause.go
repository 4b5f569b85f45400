package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"

	"podlab/internal/engine"
	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
	"podlab/internal/image/own"
)

// A Pause is an image that sandboxes run instead of the node image's own pause.
type Pause struct {
	// ref is containerd's reference, id identifies the content.
	ref, id string
	save    func(context.Context, io.Writer) error
}

// FindPause returns podlab's pause of that name (pause, noreap, tiny), or the
// engine's image with that reference.
func FindPause(ctx context.Context, e *engine.Engine, wanted string) (*Pause, error) {
	image, ok, err := own.Pause(wanted, e.Arch)
	if err != nil {
		return nil, err
	}
	if ok {
		id, err := image.ConfigName()
		return &Pause{ref: image.Ref, id: id.String(), save: func(_ context.Context, w io.Writer) error { return image.Save(w) }}, err
	}
	tag, err := name.NewTag(wanted)
	if err != nil {
		return nil, fmt.Errorf("pause %q: want pause, noreap, tiny or an image's name and tag: %w", wanted, err)
	}
	id, ok, err := e.ImageID(ctx, wanted)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("pause %s: %s does not have this image: run %[2]s pull %[1]s", wanted, e.Provider)
	}
	return &Pause{
		ref: strings.TrimPrefix(tag.Name(), "index."), id: id,
		save: func(ctx context.Context, w io.Writer) error {
			out, err := e.Output(ctx, "save", wanted)
			if err == nil {
				_, err = w.Write(out)
			}
			return err
		},
	}, nil
}

// A node has the pause's image in pauseArchive. pauseUnit makes containerd
// import it before the first sandbox, in any node image.
const (
	pauseArchive = "kind/pause.tar"
	pauseUnit    = "etc/systemd/system/containerd.service.d/20-pause.conf"
	importPause  = "[Service]\nExecStartPost=/usr/local/bin/ctr --namespace=k8s.io images import" +
		" --label io.cri-containerd.pinned=pinned /" + pauseArchive + "\n"
)

const (
	// pauseRepository is the repository of node images with another pause.
	pauseRepository = nodeRepository + "-pause"
	// pauseVersion is part of the name of such a node image. Raise it when Into
	// makes something else from the same images.
	pauseVersion = "1"
)

// Into returns the same images, but with a node image that contains the pause.
// Into makes that node image unless the engine has it.
func (p *Pause) Into(ctx context.Context, e *engine.Engine, images *Images) (*Images, error) {
	base, ok, err := e.ImageID(ctx, images.Node)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("put pause %s into %s: %s does not have that node image", p.ref, images.Node, e.Provider)
	}
	with := *images
	with.Pause = p.ref
	with.Node = pauseRepository + ":" + graph.Hash(pauseVersion, base, p.ref, p.id)[:12]
	if _, ok, err := e.ImageID(ctx, with.Node); ok || err != nil {
		return &with, err
	}
	if err := p.commit(ctx, e, images.Node, with.Node); err != nil {
		return nil, fmt.Errorf("put pause %s into %s: %w", p.ref, images.Node, err)
	}
	return &with, nil
}

// commit makes the image to out of the image from, with a container that is
// never started.
func (p *Pause) commit(ctx context.Context, e *engine.Engine, from, to string) (err error) {
	var archive, files bytes.Buffer
	if err := p.save(ctx, &archive); err != nil {
		return err
	}
	w := tar.NewWriter(&files)
	if err := errors.Join(oci.WriteEntries(w,
		oci.Entry{Path: pauseArchive, Mode: 0o644, Data: archive.Bytes()},
		oci.Entry{Path: pauseUnit, Mode: 0o644, Data: []byte(importPause)}), w.Close()); err != nil {
		return err
	}
	out, err := e.Output(ctx, "create", from)
	if err != nil {
		return err
	}
	container := strings.TrimSpace(string(out))
	defer func() {
		_, removeErr := e.Output(context.WithoutCancel(ctx), "rm", "--volumes", container)
		err = errors.Join(err, removeErr)
	}()
	if err := e.Input(ctx, &files, "cp", "-", container+":/"); err != nil {
		return err
	}
	// Without the sources' key, Ensure does not take this image for the
	// ordinary one.
	_, err = e.Output(ctx, "commit", "--change", "LABEL "+labelSources+"=", container, to)
	return err
}
