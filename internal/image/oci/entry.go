package oci

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"time"
)

// Epoch is the latest modification time in a layer, 2026-01-01: the same
// packages and sources then make the same bytes.
var Epoch = time.Unix(1767225600, 0).UTC()

// An Entry is a file, a symbolic link or a directory in a layer.
type Entry struct {
	// Path is relative. Parents that no lower layer has need entries before.
	Path string
	Mode int64
	// Dir makes a directory, Link a symbolic link to that target. Otherwise
	// Data is the content of a file.
	Dir  bool
	Link string
	Data []byte
}

// WriteEntries writes entries that belong to root.
func WriteEntries(w *tar.Writer, entries ...Entry) error {
	for _, e := range entries {
		header := &tar.Header{Name: e.Path, Mode: e.Mode, Size: int64(len(e.Data)), Typeflag: tar.TypeReg}
		switch {
		case e.Dir:
			header.Typeflag = tar.TypeDir
		case e.Link != "":
			header.Typeflag, header.Linkname, header.Mode = tar.TypeSymlink, e.Link, 0o777
		}
		if err := WriteEntry(w, header, bytes.NewReader(e.Data)); err != nil {
			return err
		}
	}
	return nil
}

// WriteEntry writes an entry, without anything that varies from one build to
// the next.
func WriteEntry(w *tar.Writer, header *tar.Header, content io.Reader) error {
	header.Name = CleanPath(header.Name)
	if header.Typeflag == tar.TypeDir {
		header.Name += "/"
	}
	if header.ModTime.IsZero() || header.ModTime.After(Epoch) {
		header.ModTime = Epoch
	}
	header.ModTime = header.ModTime.Truncate(time.Second)
	header.AccessTime, header.ChangeTime = time.Time{}, time.Time{}
	header.Uname, header.Gname = "", ""
	header.Format = tar.FormatPAX
	for key := range header.PAXRecords {
		if !strings.HasPrefix(key, "SCHILY.xattr.") {
			delete(header.PAXRecords, key)
		}
	}
	if err := w.WriteHeader(header); err != nil {
		return err
	}
	if header.Typeflag != tar.TypeReg {
		return nil
	}
	_, err := io.Copy(w, content)
	return err
}

// WriteExecutable writes an executable file with the content of the file from.
func WriteExecutable(w *tar.Writer, name, from string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return WriteEntry(w, &tar.Header{Name: name, Mode: 0o755, Size: info.Size(), Typeflag: tar.TypeReg}, file)
}

// CleanPath turns "./a/b/" and "/a/b" into "a/b".
func CleanPath(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// EachEntry calls do with every entry of a tar file except the root directory.
// The names are clean paths.
func EachEntry(r io.Reader, do func(header *tar.Header, content io.Reader) error) error {
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		header.Name = CleanPath(header.Name)
		if header.Name == "" {
			continue
		}
		if err := do(header, archive); err != nil {
			return err
		}
	}
}

// WriteTar makes a tar file.
func WriteTar(path string, fill func(*tar.Writer) error) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := tar.NewWriter(file)
	return errors.Join(fill(w), w.Close(), file.Close())
}
