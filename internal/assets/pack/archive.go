package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// packImages writes an archive of the directory images to assetDir.
func packImages() error {
	data, err := archive(os.DirFS("."), "images")
	if err != nil {
		return err
	}
	path := filepath.Join(assetDir, "images.zip")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return os.WriteFile(path, data, 0o644)
}

// archive returns a zip file of dir without hidden files and directories. The
// zip file depends only on the paths, the contents and the executable bits of
// the files.
func archive(repository fs.FS, dir string) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	err := fs.WalkDir(repository, dir, func(path string, entry fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(filepath.Base(path), ".")
		switch {
		case err != nil:
			return err
		case hidden && entry.IsDir():
			return fs.SkipDir
		case hidden, entry.IsDir():
			return nil
		}
		return addFile(z, repository, path, entry)
	})
	if err != nil {
		return nil, fmt.Errorf("pack %s: %w", dir, err)
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func addFile(z *zip.Writer, repository fs.FS, path string, entry fs.DirEntry) error {
	info, err := entry.Info()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", path)
	}
	data, err := fs.ReadFile(repository, path)
	if err != nil {
		return err
	}
	header := &zip.FileHeader{Name: path, Method: zip.Deflate}
	header.SetMode(0o644 | info.Mode().Perm()&0o111)
	w, err := z.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}
