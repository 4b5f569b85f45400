package oci

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// member is an entry of a tar file, in short.
type member struct{ Name, Is string }

func members(t *testing.T, r io.Reader) []member {
	t.Helper()
	var list []member
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		is := fmt.Sprintf("%c %o %d %s%s", header.Typeflag, header.Mode, header.Uid, header.Linkname, data)
		list = append(list, member{header.Name, is})
	}
}

// source is an entry as a command like mmdebstrap writes it.
type source struct {
	tar.Header
	content string
}

func file(name, content string) source {
	return fileMode(name, content, 0o644)
}

func fileMode(name, content string, mode int64) source {
	return source{tar.Header{Name: name, Mode: mode, Size: int64(len(content)), ModTime: time.Now()}, content}
}

func hardLink(name, target string) source {
	return source{Header: tar.Header{Name: name, Linkname: target, Typeflag: tar.TypeLink, Mode: 0o644}}
}

func dir(name string) source {
	return source{Header: tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}}
}

// tarOf makes a tar file and returns its path.
func tarOf(t *testing.T, sources ...source) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.tar")
	err := WriteTar(name, func(w *tar.Writer) error {
		for _, s := range sources {
			if err := w.WriteHeader(&s.Header); err != nil {
				return err
			}
			if _, err := io.WriteString(w, s.content); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestDiffHasOnlyTheAddedEntries(t *testing.T) {
	lower := tarOf(t, dir("./"), dir("./etc/"), file("./etc/same", "1"), file("./etc/changed", "1"), file("./etc/stays", "1"), file("./etc/mode", "1"),
		file("./bin", "prog"), hardLink("./alias", "./bin"), file("./old", "x"), hardLink("./oldalias", "./old"))
	upper := tarOf(t, dir("./"), dir("./etc/"), file("./etc/same", "1"), file("./etc/changed", "2"), file("./etc/new", "1"), fileMode("./etc/mode", "1", 0o600),
		file("./bin", "prog 2"), hardLink("./alias", "./bin"), file("./old", "x"), hardLink("./oldalias", "./old"), file("./log", "lines"))
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := WriteDiff(w, lower, upper, Entry{Path: "log", Link: "/dev/stdout"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := members(t, &out)
	want := []member{
		{"etc/changed", "0 644 0 2"},
		{"etc/new", "0 644 0 1"},
		{"etc/mode", "0 600 0 1"},
		{"bin", "0 644 0 prog 2"},
		{"alias", "1 644 0 ./bin"}, // its target has changed
		{"log", "2 777 0 /dev/stdout"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestReadFileTakesTheFirstOfThePaths(t *testing.T) {
	name := tarOf(t, dir("./bin/"), file("./bin/busybox", "program"), hardLink("./bin/sh", "./bin/busybox"))
	if data, err := ReadFile(name, "usr/bin/busybox", "bin/busybox"); err != nil || string(data) != "program" {
		t.Errorf("got %q, %v; want the program", data, err)
	}
	if data, err := ReadFile(name, "bin", "bin/sh"); err == nil {
		t.Errorf("got %q, want an error: neither path is a regular file", data)
	}
}
