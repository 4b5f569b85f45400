package image

import (
	"archive/tar"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"slices"
)

// writeDifference writes what has to lie on the file system lower to make it
// the file system upper with more entries in it; both are paths of tar files.
//
// Times alone are no difference: they are those of the moment in which a
// package was unpacked. What is only in lower stays: upper is lower with more
// packages, so nothing is meant to be gone.
func writeDifference(w *tar.Writer, lower, upper string, more ...entry) error {
	below, err := facts(lower)
	if err != nil {
		return err
	}
	file, err := os.Open(upper)
	if err != nil {
		return err
	}
	defer file.Close()
	above, err := facts(upper)
	if err != nil {
		return err
	}
	for _, e := range more {
		above[e.path] = below[e.path] // written at the end, and only then
	}
	changed := func(name string) bool { return below[name] != above[name] }
	err = eachEntry(file, func(header *tar.Header, content io.Reader) error {
		// A hard link is as its target is.
		if !changed(header.Name) && (header.Typeflag != tar.TypeLink || !changed(cleanPath(header.Linkname))) {
			return nil
		}
		return writeEntry(w, header, content)
	})
	if err != nil {
		return err
	}
	return writeEntries(w, more...)
}

// facts says, for each path of a tar file, what is there: two of the same are
// the same file.
func facts(name string) (map[string]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all := make(map[string]string)
	err = eachEntry(file, func(header *tar.Header, content io.Reader) error {
		h := sha256.New()
		if _, err := io.Copy(h, content); err != nil {
			return err
		}
		for _, key := range sortedKeys(header.PAXRecords) {
			h.Write(fmt.Appendf(nil, "%s=%q", key, header.PAXRecords[key])) // never fails
		}
		all[header.Name] = fmt.Sprintf("%c %o %d:%d %s %x", header.Typeflag, header.Mode, header.Uid, header.Gid, header.Linkname, h.Sum(nil))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return all, nil
}

// tarFile reads the first of these files that a tar file has.
func tarFile(name string, paths ...string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var data []byte
	err = eachEntry(file, func(header *tar.Header, content io.Reader) error {
		if data != nil || header.Typeflag != tar.TypeReg || !slices.Contains(paths, header.Name) {
			return nil
		}
		data, err = io.ReadAll(content)
		return err
	})
	if err == nil && data == nil {
		err = fmt.Errorf("none of %v is there", paths)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
