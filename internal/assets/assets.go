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

// ErrMissing says that this podlab was built without something that it needs.
var ErrMissing = errors.New("use make build")

// Nodeprobe returns the static executable of cmd/nodeprobe for Linux on that
// architecture, in Go's words (amd64, arm64).
func Nodeprobe(arch string) ([]byte, error) {
	return executable("nodeprobe-linux-" + arch)
}

// OCIRuntime returns the static executable of cmd/podlab-oci for Linux on the
// architecture that podlab itself was built for.
func OCIRuntime() ([]byte, error) {
	return executable("podlab-oci-linux-" + runtime.GOARCH)
}

// Program returns the static executable of one of the study's programs (pause,
// noreap, orphan, waitstat) for Linux on that architecture.
func Program(name, arch string) ([]byte, error) {
	return executable(name + "-linux-" + arch)
}

// Images returns the sources of what is built from packages. Its root stands
// for the repository's: it holds images/ with its go.mod files, which go:embed
// can't take, being other modules.
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
