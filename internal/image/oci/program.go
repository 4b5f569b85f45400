package oci

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// A Program is a static executable for Linux, and how its image runs it.
type Program struct {
	// Name is the name of the executable in the image, in /usr/local/bin.
	Name string
	// Data is the executable itself.
	Data []byte
	// Args are the arguments that the image runs the program with.
	Args []string
	// Env is added to the environment, in the form KEY=VALUE.
	Env []string
}

// Layer returns a layer with nothing but the program.
func (p Program) Layer() (v1.Layer, error) {
	return EntriesLayer(append(ProgramDirs(), Entry{Path: programDir + p.Name, Mode: 0o755, Data: p.Data})...)
}

// Image returns an image that runs the program, for an architecture in Go's
// words. The image consists of the program's layer and of more layers.
func (p Program) Image(arch string, more ...v1.Layer) (v1.Image, error) {
	layer, err := p.Layer()
	if err != nil {
		return nil, err
	}
	config := v1.Config{
		Entrypoint: append([]string{ProgramPath(p.Name)}, p.Args...),
		Env:        append([]string{PathEnv}, p.Env...),
	}
	return assemble(empty.Image, arch, Epoch, config, v1.History{}, append([]v1.Layer{layer}, more...))
}

// Save writes the program's image as docker save does.
func (p Program) Save(w io.Writer, ref, arch string) error {
	image, err := p.Image(arch)
	if err != nil {
		return err
	}
	return Save(w, ref, image)
}

// Save writes an image as docker save does.
func Save(w io.Writer, ref string, image v1.Image) error {
	tag, err := name.NewTag(ref)
	if err != nil {
		return err
	}
	return tarball.Write(tag, image, w)
}

const programDir = "usr/local/bin/"

// ProgramPath is where a program of that name is in its image.
func ProgramPath(name string) string { return "/" + programDir + name }

// ProgramDirs are the directories of an image of a program.
func ProgramDirs() []Entry {
	return []Entry{
		{Path: "tmp", Dir: true, Mode: 0o1777},
		{Path: "usr", Dir: true, Mode: 0o755},
		{Path: "usr/local", Dir: true, Mode: 0o755},
		{Path: "usr/local/bin", Dir: true, Mode: 0o755},
	}
}

// EntriesLayer returns a layer that is kept in memory.
func EntriesLayer(entries ...Entry) (v1.Layer, error) {
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	if err := errors.Join(WriteEntries(w, entries...), w.Close()); err != nil {
		return nil, err
	}
	return tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files.Bytes())), nil })
}
