package assets

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
)

//go:embed all:gen
var embedded embed.FS

// ErrMissing says that this podlab was built without one of its assets.
var ErrMissing = errors.New("use make build")

// Nodeprobe returns the static executable of cmd/nodeprobe for Linux on the
// given architecture, named as GOARCH (amd64, arm64).
func Nodeprobe(arch string) ([]byte, error) {
	return executable("nodeprobe-linux-" + arch)
}

// OCIRuntime returns the static executable of cmd/podlab-oci for Linux on
// podlab's own architecture.
func OCIRuntime() ([]byte, error) {
	return executable("podlab-oci-linux-" + runtime.GOARCH)
}

// Program returns the static executable of one of the programs in pause/ (pause,
// noreap, orphan, waitstat) for Linux on the given architecture.
func Program(name, arch string) ([]byte, error) {
	return executable(name + "-linux-" + arch)
}

// Images returns the directory images of the repository, at the path images. It
// comes from an archive because go:embed does not embed other modules.
func Images() (fs.FS, error) {
	data, err := embedded.ReadFile("gen/images.zip")
	if err != nil {
		return nil, missing("the sources of images")
	}
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("open embedded images: %w", err)
	}
	return r, nil
}

func executable(name string) ([]byte, error) {
	file, err := embedded.Open("gen/" + name + ".gz")
	if err != nil {
		return nil, missing(name)
	}
	defer file.Close()
	r, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("open embedded %s: %w", name, err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read embedded %s: %w", name, err)
	}
	return data, nil
}

func missing(name string) error {
	return fmt.Errorf("podlab was built without %s: %w", name, ErrMissing)
}
