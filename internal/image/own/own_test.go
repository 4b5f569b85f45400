package own

import (
	"archive/tar"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/mutate"

	"podlab/internal/image/oci"
)

func TestToolsHasAllProgramsAndTheLineup(t *testing.T) {
	images, err := Images(runtime.GOARCH)
	if err != nil {
		t.Fatal(err)
	}
	tools := images[len(images)-1]
	config, err := tools.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{oci.ProgramPath("pause")}; tools.Ref != "localhost/podlab/tools:1" || !slices.Equal(config.Config.Entrypoint, want) {
		t.Errorf("%s runs %q, want %q", tools.Ref, config.Config.Entrypoint, want)
	}
	files := extract(t, tools)
	for _, name := range programs {
		if files[strings.TrimPrefix(oci.ProgramPath(name), "/")] == nil {
			t.Errorf("%s is missing", name)
		}
	}
	for _, name := range []string{"one", "two", "three"} {
		link := files["lineup/"+name]
		if link == nil || files[strings.TrimPrefix(link.Linkname, "/")] == nil {
			t.Errorf("lineup/%s is %+v, want a link to a program", name, link)
		}
	}
}

// extract lists the files of an image by their paths.
func extract(t *testing.T, image *Image) map[string]*tar.Header {
	t.Helper()
	r := mutate.Extract(image)
	defer r.Close()
	files := make(map[string]*tar.Header)
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		files[header.Name] = header
	}
}

func TestPauseIsOnlyForPauses(t *testing.T) {
	for name, want := range map[string]bool{"pause": true, "noreap": true, "tiny": true, "orphan": false, "nginx:latest": false} {
		if image, ok, err := Pause(name, "arm64"); ok != want || err != nil || ok != (image != nil) {
			t.Errorf("%s: got %v, %v, %v; want %v", name, image, ok, err, want)
		}
	}
}
