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
	// assetDir is where internal/assets embeds files from.
	assetDir = "internal/assets/gen"
	// buildDir keeps executables between runs, so that go build relinks only
	// what has changed.
	buildDir = "bin/embedded"
)

// packExecutable builds the command in dir for Linux and writes it compressed to
// assetDir. The executable does not depend on the machine, the checkout or the
// commit, because podlab identifies nodeprobe by its hash. main.version is for
// the pause programs.
func packExecutable(ctx context.Context, dir, arch string) error {
	name := filepath.Base(dir) + "-linux-" + arch
	path := filepath.Join(buildDir, name)
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
	return writeCompressed(filepath.Join(assetDir, name+".gz"), data)
}

// writeCompressed writes data to the gzip file at path if the file does not hold
// data already.
func writeCompressed(path string, data []byte) error {
	if holdsCompressed(path, data) {
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

// holdsCompressed reports whether the file at path is a gzip file of data.
func holdsCompressed(path string, data []byte) bool {
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
