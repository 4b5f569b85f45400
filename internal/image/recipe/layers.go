package recipe

import (
	"archive/tar"
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/v1/types"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

// layerStep is a step that makes a layer.
func layerStep(name string, form types.MediaType, recipe []string, needs []*graph.Step, fill func(context.Context, *graph.Job, *tar.Writer) error) *graph.Step {
	s := &graph.Step{Name: name, Uses: packer, Recipe: append([]string{string(form)}, recipe...), Needs: needs}
	s.Run = func(ctx context.Context, j *graph.Job) error {
		return oci.WriteLayer(j.Out, form, func(w *tar.Writer) error { return fill(ctx, j, w) })
	}
	return s
}

// diffLayer is the layer that turns the root lower (nil: an empty one) into the
// root upper with more entries on top.
func diffLayer(name string, lower, upper *graph.Step, more ...oci.Entry) *graph.Step {
	needs := []*graph.Step{upper}
	if lower != nil {
		needs = append(needs, lower)
	}
	recipe := make([]string, len(more))
	for i, e := range more {
		recipe[i] = fmt.Sprintf("%s %o %s %s", e.Path, e.Mode, e.Link, e.Data)
	}
	return layerStep("pack "+name, oci.Zstd, recipe, needs, func(_ context.Context, j *graph.Job, w *tar.Writer) error {
		below := os.DevNull
		if lower != nil {
			below = j.In(lower)
		}
		return oci.WriteDiff(w, below, j.In(upper), more...)
	})
}

// programLayer is the layer with one executable of a component, under the name
// of the command.
func programLayer(c component, executable, command string) *graph.Step {
	return layerStep("pack "+command, oci.Zstd, []string{executable}, []*graph.Step{c.compiled}, func(_ context.Context, j *graph.Job, w *tar.Writer) error {
		if err := oci.WriteEntries(w, oci.ProgramDirs()...); err != nil {
			return err
		}
		return oci.WriteExecutable(w, oci.ProgramPath(command), filepath.Join(j.In(c.compiled), executable))
	})
}
