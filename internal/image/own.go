package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"podlab/internal/assets"
	"podlab/internal/engine"
	"podlab/pause/tiny"
)

// programs are podlab's own for the study: of each there is an image.
var programs = []string{"pause", "noreap", "tiny", "orphan", "waitstat"}

// tools is the image that has all of them, and lineup, in which names say
// nothing.
const tools = "tools"

// lineup are other names for pauses, for those who are to tell them apart.
var lineup = []entry{
	{path: "lineup", dir: true, mode: 0o755},
	{path: "lineup/one", link: "/usr/local/bin/tiny"},
	{path: "lineup/two", link: "/usr/local/bin/noreap"},
	{path: "lineup/three", link: "/usr/local/bin/pause"},
}

// An Own is an image of a program of podlab's.
type Own struct {
	// Ref is its reference in full.
	Ref string
	v1.Image
}

// ownRef is the reference of the image of that name.
func ownRef(name string) string { return "localhost/podlab/" + name + ":1" }

// OwnPause returns the image of a pause of podlab's (pause, noreap, tiny) for an
// architecture, in Go's words; false when it has none of that name.
func OwnPause(name, arch string) (*Own, bool, error) {
	if name != "pause" && name != "noreap" && name != "tiny" {
		return nil, false, nil
	}
	layer, err := programLayer(name, arch)
	if err != nil {
		return nil, true, err
	}
	own, err := newOwn(name, arch, name, layer)
	return own, true, err
}

// ownImages returns all of podlab's own images.
func ownImages(arch string) ([]*Own, error) {
	var all []*Own
	var layers []v1.Layer
	for _, name := range programs {
		layer, err := programLayer(name, arch)
		if err != nil {
			return nil, err
		}
		own, err := newOwn(name, arch, name, layer)
		if err != nil {
			return nil, err
		}
		all, layers = append(all, own), append(layers, layer)
	}
	names, err := entriesLayer(lineup...)
	if err != nil {
		return nil, err
	}
	own, err := newOwn(tools, arch, "pause", append(layers, names)...)
	return append(all, own), err
}

// newOwn assembles an image that runs a program.
func newOwn(name, arch, program string, layers ...v1.Layer) (*Own, error) {
	image, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		return nil, fmt.Errorf("assemble image of %s: %w", name, err)
	}
	file, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("assemble image of %s: %w", name, err)
	}
	file = file.DeepCopy()
	file.Architecture, file.OS, file.Created = arch, "linux", v1.Time{Time: epoch}
	file.Config = v1.Config{Entrypoint: []string{"/usr/local/bin/" + program}, Env: environment}
	if image, err = mutate.ConfigFile(image, file); err != nil {
		return nil, fmt.Errorf("assemble image of %s: %w", name, err)
	}
	return &Own{Ref: ownRef(name), Image: image}, nil
}

// Program returns one of podlab's own static programs (pause, noreap, tiny,
// orphan, waitstat) for Linux on that architecture.
func Program(name, arch string) ([]byte, error) {
	if name == "tiny" {
		return tiny.ELF(arch)
	}
	return assets.Program(name, arch)
}

// programLayer is the layer with one program.
func programLayer(name, arch string) (v1.Layer, error) {
	data, err := Program(name, arch)
	if err != nil {
		return nil, err
	}
	return entriesLayer(append(toProgram(), entry{path: "usr/local/bin/" + name, mode: 0o755, data: data})...)
}

func entriesLayer(entries ...entry) (v1.Layer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := errors.Join(writeEntries(w, entries...), w.Close()); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.Bytes())), nil })
}

// Archive writes the image as docker save does.
func (o *Own) Archive(w io.Writer) error {
	tag, err := name.NewTag(o.Ref)
	if err != nil {
		return err
	}
	return tarball.Write(tag, o.Image, w)
}

// loadOwn gives the engine podlab's own images, as far as it does not have
// them, and returns their references.
func loadOwn(ctx context.Context, e *engine.Engine) ([]string, error) {
	all, err := ownImages(e.Arch)
	if err != nil {
		return nil, err
	}
	refs := make([]string, len(all))
	for i, own := range all {
		refs[i] = own.Ref
		if err := own.load(ctx, e); err != nil {
			return nil, fmt.Errorf("load image %s: %w", own.Ref, err)
		}
	}
	return refs, nil
}

func (o *Own) load(ctx context.Context, e *engine.Engine) error {
	want, err := o.ConfigName()
	if err != nil {
		return err
	}
	if id, ok, err := e.ImageID(ctx, o.Ref); err != nil || ok && id == want.String() {
		return err
	}
	var archive bytes.Buffer
	if err := o.Archive(&archive); err != nil {
		return err
	}
	if err := e.Load(ctx, &archive); err != nil {
		return err
	}
	return remember(ctx, e, pin{ref: o.Ref})
}
