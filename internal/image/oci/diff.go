package oci

import (
	"archive/tar"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// WriteDiff writes the entries that turn the file system lower into the file
// system upper with more entries on top. Both are paths of tar files.
//
// A different modification time alone is no difference, because every installation
// of a package has its own times. WriteDiff deletes nothing, because upper is lower
// with more packages.
func WriteDiff(w *tar.Writer, lower, upper string, more ...Entry) error {
	lowerFacts, err := readFacts(lower)
	if err != nil {
		return err
	}
	file, err := os.Open(upper)
	if err != nil {
		return err
	}
	defer file.Close()
	upperFacts, err := readFacts(upper)
	if err != nil {
		return err
	}
	for _, e := range more {
		upperFacts[e.Path] = lowerFacts[e.Path] // is written only once, at the end
	}
	changed := func(name string) bool { return lowerFacts[name] != upperFacts[name] }
	err = EachEntry(file, func(header *tar.Header, content io.Reader) error {
		// A hard link changes with its target.
		if !changed(header.Name) && (header.Typeflag != tar.TypeLink || !changed(CleanPath(header.Linkname))) {
			return nil
		}
		return WriteEntry(w, header, content)
	})
	if err != nil {
		return err
	}
	return WriteEntries(w, more...)
}

// readFacts describes each path of a tar file. Equal descriptions mean equal
// files.
func readFacts(name string) (map[string]string, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	facts := make(map[string]string)
	err = EachEntry(file, func(header *tar.Header, content io.Reader) error {
		h := sha256.New()
		if _, err := io.Copy(h, content); err != nil {
			return err
		}
		for _, key := range slices.Sorted(maps.Keys(header.PAXRecords)) {
			h.Write(fmt.Appendf(nil, "%s=%q", key, header.PAXRecords[key])) // never fails
		}
		facts[header.Name] = fmt.Sprintf("%c %o %d:%d %s %x", header.Typeflag, header.Mode, header.Uid, header.Gid, header.Linkname, h.Sum(nil))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return facts, nil
}

// ReadFile reads the first of these paths that is a regular file of a tar file.
func ReadFile(name string, paths ...string) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var data []byte
	err = EachEntry(file, func(header *tar.Header, content io.Reader) error {
		if data != nil || header.Typeflag != tar.TypeReg || !slices.Contains(paths, header.Name) {
			return nil
		}
		data, err = io.ReadAll(content)
		return err
	})
	if err == nil && data == nil {
		err = fmt.Errorf("it has none of %v", paths)
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return data, nil
}
