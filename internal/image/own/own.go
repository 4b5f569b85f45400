package own

import (
	"fmt"
	"io"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"podlab/internal/assets"
	"podlab/internal/image/oci"
	"podlab/pause/tiny"
)

var (
	// pauses are the programs that can hold a sandbox.
	pauses = []string{"pause", "noreap", "tiny"}
	// programs have an image each.
	programs = append(slices.Clone(pauses), "orphan", "waitstat")
)

// tools is the image with all programs and the lineup; it runs pause.
const tools = "tools"

// lineup gives the pauses neutral names: learners find out which pause has which
// name.
var lineup = []oci.Entry{
	{Path: "lineup", Dir: true, Mode: 0o755},
	{Path: "lineup/one", Link: oci.ProgramPath("tiny")},
	{Path: "lineup/two", Link: oci.ProgramPath("noreap")},
	{Path: "lineup/three", Link: oci.ProgramPath("pause")},
}

// An Image is an image of podlab's own programs.
type Image struct {
	// Ref is the full reference.
	Ref string
	v1.Image
}

// Save writes the image as docker save does.
func (i *Image) Save(w io.Writer) error { return oci.Save(w, i.Ref, i.Image) }

// Ref is the full reference of the image of that name.
func Ref(name string) string { return "localhost/podlab/" + name + ":1" }

// Program returns one of podlab's static programs (pause, noreap, tiny,
// orphan, waitstat) for Linux on an architecture in Go's words.
func Program(name, arch string) ([]byte, error) {
	if name == "tiny" {
		return tiny.ELF(arch)
	}
	return assets.Program(name, arch)
}

// Pause returns the image of one of podlab's pauses (pause, noreap, tiny); ok
// is false for other names.
func Pause(name, arch string) (image *Image, ok bool, err error) {
	if !slices.Contains(pauses, name) {
		return nil, false, nil
	}
	image, err = newImage(name, name, arch)
	return image, true, err
}

// Images returns all images: one for each program, and tools.
func Images(arch string) ([]*Image, error) {
	var all []*Image
	var layers []v1.Layer
	for _, name := range programs {
		image, err := newImage(name, name, arch)
		if err != nil {
			return nil, err
		}
		layer, err := image.Layers()
		if err != nil {
			return nil, err
		}
		all, layers = append(all, image), append(layers, layer...)
	}
	names, err := oci.EntriesLayer(lineup...)
	if err != nil {
		return nil, err
	}
	image, err := newImage(tools, programs[0], arch, append(layers[1:], names)...)
	return append(all, image), err
}

// newImage makes an image of a program and more layers.
func newImage(name, program, arch string, more ...v1.Layer) (*Image, error) {
	data, err := Program(program, arch)
	if err != nil {
		return nil, err
	}
	image, err := oci.Program{Name: program, Data: data}.Image(arch, more...)
	if err != nil {
		return nil, fmt.Errorf("make image of %s: %w", name, err)
	}
	return &Image{Ref: Ref(name), Image: image}, nil
}
