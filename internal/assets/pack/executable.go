package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"podlab/internal/version"
)

const (
	// gen is the directory of the assets.
	gen = "internal/assets/gen"
	// kept holds the executables between runs, so that the linker runs only for
	// those that changed.
	kept = "bin/embedded"
)

// packExecutable builds the command in dir for Linux and compresses it. The result
// does not depend on the machine, the checkout or the commit, because nodes identify
// nodeprobe by its hash. Only the pause programs use the version.
func packExecutable(ctx context.Context, dir, arch string) error {
	name := filepath.Base(dir) + "-linux-" + arch
	path := filepath.Join(kept, name)
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -X main.version="+version.Pause, "-o", path, "./"+dir)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("build %s: %w", name, err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return writeCompressed(filepath.Join(gen, name+".gz"), data)
}

// writeCompressed writes the gzip file of data to path, unless path already holds it.
func writeCompressed(path string, data []byte) error {
	if holds(path, data) {
		return nil
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(data); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// holds reports whether path is a gzip file of data. It reports false if path can't
// be read.
func holds(path string, data []byte) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		return false
	}
	old, err := io.ReadAll(z)
	return err == nil && bytes.Equal(old, data)
}
