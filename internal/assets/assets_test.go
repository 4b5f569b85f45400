package assets_test

import (
	"bytes"
	"errors"
	"io/fs"
	"testing"

	"podlab/internal/assets"
)

func TestMissingAssetSaysWhatToDo(t *testing.T) {
	_, err := assets.Nodeprobe("pdp11")
	const want = "podlab was built without nodeprobe-linux-pdp11: use make build"
	if err == nil || err.Error() != want || !errors.Is(err, assets.ErrMissing) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestEmbeddedExecutables(t *testing.T) {
	for name, get := range map[string]func() ([]byte, error){
		"nodeprobe amd64": func() ([]byte, error) { return assets.Nodeprobe("amd64") },
		"nodeprobe arm64": func() ([]byte, error) { return assets.Nodeprobe("arm64") },
		"podlab-oci":      assets.OCIRuntime,
		"noreap arm64":    func() ([]byte, error) { return assets.Program("noreap", "arm64") },
	} {
		t.Run(name, func(t *testing.T) {
			data, err := get()
			if errors.Is(err, assets.ErrMissing) {
				t.Skip(err)
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.HasPrefix(data, []byte("\x7fELF")) {
				t.Errorf("data begins with %q, want the magic number of ELF", data[:4])
			}
		})
	}
}

func TestEmbeddedImages(t *testing.T) {
	images, err := assets.Images()
	if errors.Is(err, assets.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if info, err := fs.Stat(images, "images"); err != nil || !info.IsDir() {
		t.Errorf("got %v, %v; want a directory", info, err)
	}
}
