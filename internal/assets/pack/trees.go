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

// packTrees packs directories of the repository into one archive.
func packTrees(dirs ...string) error {
	data, err := archive(os.DirFS("."), dirs...)
	if err != nil {
		return err
	}
	path := filepath.Join(gen, "images.zip")
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, data) {
		return nil
	}
	return os.WriteFile(path, data, 0o644)
}

// archive returns a zip file of all files below dirs but the hidden ones. It
// depends only on the files' paths, contents and executable bits.
func archive(repository fs.FS, dirs ...string) ([]byte, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, dir := range dirs {
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
		return fmt.Errorf("%s is no regular file", path)
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
