package main

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/fstest"
	"time"
)

func TestArchive(t *testing.T) {
	tree := fstest.MapFS{
		"images/etcd/go.mod":    {Data: []byte("module etcd\n"), Mode: 0o600},
		"images/etcd/.cache/x":  {Data: []byte("no")},
		"images/etcd/.hidden":   {Data: []byte("no")},
		"images/node/entry.sh":  {Data: []byte("#!/bin/sh\n"), Mode: 0o700},
		"elsewhere/not/packed":  {Data: []byte("no")},
		"images/nginx/Makefile": {Data: []byte("all:\n"), Mode: 0o666},
	}
	data, err := archive(tree, "images")
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range z.File {
		got = append(got, f.Mode().String()+" "+f.Name)
	}
	want := []string{
		"-rw-r--r-- images/etcd/go.mod",
		"-rw-r--r-- images/nginx/Makefile",
		"-rwxr--r-- images/node/entry.sh",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if content, err := fs.ReadFile(z, "images/etcd/go.mod"); err != nil || string(content) != "module etcd\n" {
		t.Errorf("go.mod: got %q, %v", content, err)
	}

	for _, f := range tree {
		f.ModTime = time.Now()
	}
	again, err := archive(tree, "images")
	if err != nil || !bytes.Equal(again, data) {
		t.Errorf("the archive depends on modification times (%v)", err)
	}
}

func TestArchiveRejectsSymlinksAndMissingDirectories(t *testing.T) {
	tree := fstest.MapFS{"images/link": {Mode: fs.ModeSymlink}}
	if _, err := archive(tree, "images"); err == nil {
		t.Error("packed a symbolic link")
	}
	if _, err := archive(tree, "pause"); err == nil {
		t.Error("packed a missing directory")
	}
}

func TestWriteCompressedWritesOnlyChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.gz")
	past := time.Unix(1000, 0)
	write := func(content string) (written bool) {
		t.Helper()
		if err := writeCompressed(path, []byte(content)); err != nil {
			t.Fatal(err)
		}
		if !holdsCompressed(path, []byte(content)) {
			t.Fatalf("%s does not hold %q", path, content)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		written = !info.ModTime().Equal(past)
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
		return written
	}
	if !write("one") || write("one") || !write("two") {
		t.Error("want a write for new content, and only then")
	}
	if err := os.WriteFile(path, []byte("not gzip"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !write("two") {
		t.Error("a broken file was not replaced")
	}
}
