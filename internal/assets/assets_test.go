package assets_test

import (
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

func TestEmbedded(t *testing.T) {
	elf := []byte("\x7fELF")
	for name, get := range map[string]func() ([]byte, error){
		"nodeprobe amd64": func() ([]byte, error) { return assets.Nodeprobe("amd64") },
		"nodeprobe arm64": func() ([]byte, error) { return assets.Nodeprobe("arm64") },
		"podlab-oci":      assets.OCIRuntime,
	} {
		data, err := get()
		switch {
		case errors.Is(err, assets.ErrMissing):
			t.Logf("%s: built without make, nothing to look at", name)
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case string(data[:len(elf)]) != string(elf):
			t.Errorf("%s begins with %q, not as an executable", name, data[:len(elf)])
		}
	}

	images, err := assets.Images()
	switch {
	case errors.Is(err, assets.ErrMissing):
		t.Log("images: built without make, nothing to look at")
	case err != nil:
		t.Error(err)
	default:
		for _, path := range []string{"images", "pause"} {
			if info, err := fs.Stat(images, path); err != nil || !info.IsDir() {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}
