package oci

import (
	"bytes"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestProgramImage reads back what an engine gets.
func TestProgramImage(t *testing.T) {
	var archive bytes.Buffer
	p := Program{Name: "hello", Data: []byte("ELF"), Args: []string{"world"}, Env: []string{"LOUD=1"}}
	if err := p.Save(&archive, "podlab.test/hello:1", "arm64"); err != nil {
		t.Fatal(err)
	}
	image, err := tarball.Image(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(archive.Bytes())), nil }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(image); err != nil {
		t.Error(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := v1.Config{Entrypoint: []string{"/usr/local/bin/hello", "world"}, Env: []string{PathEnv, "LOUD=1"}}
	if diff := cmp.Diff(want, config.Config); diff != "" || config.Architecture != "arm64" || config.OS != "linux" {
		t.Errorf("for %s/%s, config %s", config.OS, config.Architecture, diff)
	}
	files := mutate.Extract(image)
	defer files.Close()
	got := members(t, files)
	if diff := cmp.Diff([]member{
		{"tmp", "5 1777 0 "},
		{"usr", "5 755 0 "},
		{"usr/local", "5 755 0 "},
		{"usr/local/bin", "5 755 0 "},
		{"usr/local/bin/hello", "0 755 0 ELF"},
	}, got); diff != "" {
		t.Error(diff)
	}
}
