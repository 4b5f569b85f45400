package image

import (
	"archive/tar"
	"bytes"
	"io"
	"path"
	"strings"
	"time"
)

// epoch is the time of everything that is younger than it, so that the same
// packages and sources make the same bytes: 2026-01-01.
var epoch = time.Unix(1767225600, 0).UTC()

// An entry is a file, a link or a directory that a layer is given.
type entry struct {
	// path is relative; parents that no lower layer has must come before.
	path string
	mode int64
	// dir makes a directory, link a symbolic link to there; else data is what
	// the file holds.
	dir  bool
	link string
	data []byte
}

// writeEntries writes entries, all of them root's.
func writeEntries(w *tar.Writer, entries ...entry) error {
	for _, e := range entries {
		header := &tar.Header{Name: e.path, Mode: e.mode, Size: int64(len(e.data)), Typeflag: tar.TypeReg}
		switch {
		case e.dir:
			header.Typeflag = tar.TypeDir
		case e.link != "":
			header.Typeflag, header.Linkname, header.Mode = tar.TypeSymlink, e.link, 0o777
		}
		if err := writeEntry(w, header, bytes.NewReader(e.data)); err != nil {
			return err
		}
	}
	return nil
}

// writeEntry writes one entry of a tar file in the one form that all of a
// layer's entries have.
func writeEntry(w *tar.Writer, header *tar.Header, content io.Reader) error {
	header.Name = cleanPath(header.Name)
	if header.Typeflag == tar.TypeDir {
		header.Name += "/"
	}
	if header.ModTime.IsZero() || header.ModTime.After(epoch) {
		header.ModTime = epoch
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

// cleanPath makes "a/b" out of "./a/b/" and "/a/b".
func cleanPath(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}

// eachEntry calls do with every entry of a tar file, but for the root itself.
func eachEntry(r io.Reader, do func(header *tar.Header, content io.Reader) error) error {
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		header.Name = cleanPath(header.Name)
		if header.Name == "" {
			continue
		}
		if err := do(header, archive); err != nil {
			return err
		}
	}
}
