package oci

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestLayersAreReproducible(t *testing.T) {
	fill := func(w *tar.Writer) error {
		return WriteEntries(w, Entry{Path: "a", Dir: true, Mode: 0o755}, Entry{Path: "a/b", Mode: 0o644, Data: bytes.Repeat([]byte("pod "), 1e5)})
	}
	var infos []layerInfo
	for i := range 2 {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := WriteLayer(dir, Zstd, fill); err != nil {
			t.Fatal(err)
		}
		l, err := OpenLayer(dir)
		if err != nil {
			t.Fatal(err)
		}
		checkLayer(t, l)
		infos = append(infos, l.layerInfo)
	}
	if diff := cmp.Diff(infos[0], infos[1]); diff != "" {
		t.Error(diff)
	}
	if infos[0].Bytes > 1e4 {
		t.Errorf("%d bytes are not compressed", infos[0].Bytes)
	}
}

// checkLayer compares a layer's description with its content. (Package
// validate takes every compressed layer for gzip.)
func checkLayer(t *testing.T, l *Layer) {
	t.Helper()
	for want, open := range map[v1.Hash]func() (io.ReadCloser, error){l.Stored: l.Compressed, l.Content: l.Uncompressed} {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		got, size, err := v1.SHA256(r)
		if err != nil || got != want || want == l.Stored && size != l.Bytes {
			t.Errorf("got %s of %d bytes, %v; want %s, stored in %d", got, size, err, want, l.Bytes)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
