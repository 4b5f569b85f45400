package oci

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestArchiveIsAnImageLayout reads back the archive that containerd gets.
func TestArchiveIsAnImageLayout(t *testing.T) {
	dir := t.TempDir()
	newLayer := func(name, content string) *Layer {
		path := filepath.Join(dir, name)
		err := WriteLayer(path, Zstd, func(w *tar.Writer) error {
			return WriteEntries(w, Entry{Path: name, Mode: 0o644, Data: []byte(content)})
		})
		if err != nil {
			t.Fatal(err)
		}
		l, err := OpenLayer(path)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	shared, own := newLayer("shared", "s"), newLayer("own", "o")
	one, err := Assemble(v1.Config{Cmd: []string{"one"}}, Epoch, shared)
	if err != nil {
		t.Fatal(err)
	}
	two, err := Assemble(v1.Config{Cmd: []string{"two"}}, Epoch, shared, own)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WriteArchive(&out, []NamedImage{{one, []string{"docker.io/library/one:latest"}}, {two, []string{"two:a", "two:b"}}}); err != nil {
		t.Fatal(err)
	}
	unpacked := filepath.Join(dir, "layout")
	for _, m := range members(t, &out) {
		path := filepath.Join(unpacked, m.Name)
		if _, err := os.Stat(path); err == nil {
			t.Errorf("the archive has %s twice", m.Name)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.TrimPrefix(m.Is, "0 644 0 ")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	index, err := layout.ImageIndexFromPath(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index, validate.Fast); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range manifest.Manifests {
		names = append(names, d.Annotations[nameAnnotation])
	}
	if want := []string{"docker.io/library/one:latest", "two:a", "two:b"}; !slices.Equal(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
}
