package image

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A tree holds files by their paths, which are relative and use slashes.
type tree map[string]file

// A file is a regular one.
type file struct {
	data       []byte
	executable bool
}

// readTree reads the files below dir, tests left out.
func readTree(sources fs.FS, dir string) (tree, error) {
	sub, err := fs.Sub(sources, dir)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	files := make(tree)
	err = fs.WalkDir(sub, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		data, err := fs.ReadFile(sub, name)
		files[name] = file{data: data, executable: info.Mode()&0o111 != 0}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", dir, err)
	}
	return files, nil
}

// hash is that of all names and contents.
func (t tree) hash() string {
	list := make([]string, 0, 3*len(t))
	for _, name := range sortedKeys(t) {
		list = append(list, name, fmt.Sprint(t[name].executable), string(t[name].data))
	}
	return fingerprint(list...)
}

// write writes the files below dir.
func (t tree) write(dir string) error {
	for name, f := range t {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write sources: %w", err)
		}
		if err := os.WriteFile(path, f.data, 0o644); err != nil {
			return fmt.Errorf("write sources: %w", err)
		}
	}
	return nil
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
