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

// ErrMissing says that this podlab was built without an asset.
var ErrMissing = errors.New("use make build")

// Nodeprobe returns the static executable of cmd/nodeprobe for Linux. arch is a
// GOARCH (amd64, arm64).
func Nodeprobe(arch string) ([]byte, error) {
	return executable("nodeprobe-linux-" + arch)
}

// OCIRuntime returns the static executable of cmd/podlab-oci for Linux and podlab's
// own architecture.
func OCIRuntime() ([]byte, error) {
	return executable("podlab-oci-linux-" + runtime.GOARCH)
}

// Program returns the static executable of a pause program (pause, noreap, orphan,
// waitstat) for Linux. arch is a GOARCH.
func Program(name, arch string) ([]byte, error) {
	return executable(name + "-linux-" + arch)
}

// Images returns the sources of the images that podlab builds from packages. The
// root is the repository's root, and holds images/. It comes from an archive,
// because go:embed can't embed the Go modules in images/.
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
