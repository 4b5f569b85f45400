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
)

// A Pause is an image that sandboxes are to run in place of the usual one.
type Pause struct {
	// ref is its reference as containerd has it, id what stands for its content.
	ref, id string
	archive func(context.Context, io.Writer) error
}

// FindPause returns the pause of podlab's of that name (pause, noreap, tiny), or
// the engine's image of that reference.
func FindPause(ctx context.Context, e *engine.Engine, wanted string) (*Pause, error) {
	own, ok, err := OwnPause(wanted, e.Arch)
	if err != nil {
		return nil, err
	}
	if ok {
		id, err := own.ConfigName()
		return &Pause{ref: own.Ref, id: id.String(), archive: func(_ context.Context, w io.Writer) error { return own.Archive(w) }}, err
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
		return nil, fmt.Errorf("pause %s: %s has no image of that name: %[2]s pull %[1]s", wanted, e.Provider)
	}
	return &Pause{
		ref: strings.TrimPrefix(tag.Name(), "index."), id: id,
		archive: func(ctx context.Context, w io.Writer) error {
			out, err := e.Output(ctx, "save", wanted)
			if err == nil {
				_, err = w.Write(out)
			}
			return err
		},
	}, nil
}

// Where a node has its pause, and what has containerd import it: before the
// first sandbox, whatever node image it is.
const (
	pauseArchive = "kind/pause.tar"
	pauseUnit    = "etc/systemd/system/containerd.service.d/20-pause.conf"
	importPause  = "[Service]\nExecStartPost=/usr/local/bin/ctr --namespace=k8s.io images import" +
		" --label io.cri-containerd.pinned=pinned /" + pauseArchive + "\n"
)

// pausedRepository is where node images with a pause of their own are named.
const pausedRepository = nodeRepository + "-pause"

// Into returns the same images, but with a node image that brings the pause
// along. It is made of the other one unless the engine has it.
func (p *Pause) Into(ctx context.Context, e *engine.Engine, images *Images) (*Images, error) {
	base, ok, err := e.ImageID(ctx, images.Node)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("put pause %s into %s: %s does not have that image", p.ref, images.Node, e.Provider)
	}
	with := *images
	with.Pause = p.ref
	with.Node = pausedRepository + ":" + fingerprint(recipes, base, p.ref, p.id)[:12]
	if _, ok, err := e.ImageID(ctx, with.Node); ok || err != nil {
		return &with, err
	}
	if err := p.commit(ctx, e, images.Node, with.Node); err != nil {
		return nil, fmt.Errorf("put pause %s into %s: %w", p.ref, images.Node, err)
	}
	return &with, nil
}

// commit makes an image of another by way of a container that never runs.
func (p *Pause) commit(ctx context.Context, e *engine.Engine, from, to string) (err error) {
	var archive, files bytes.Buffer
	if err := p.archive(ctx, &archive); err != nil {
		return err
	}
	w := tar.NewWriter(&files)
	if err := errors.Join(writeEntries(w,
		entry{path: pauseArchive, mode: 0o644, data: archive.Bytes()},
		entry{path: pauseUnit, mode: 0o644, data: []byte(importPause)}), w.Close()); err != nil {
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
	// What it was built from is not what it is known by.
	_, err = e.Output(ctx, "commit", "--change", "LABEL "+labelSources+"=", container, to)
	return err
}
