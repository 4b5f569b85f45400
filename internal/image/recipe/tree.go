package recipe

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

// A tree holds regular files by their relative paths, with slashes.
type tree map[string]file

type file struct {
	data       []byte
	executable bool
}

// readTree reads the files below dir, except Go tests.
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

// hash covers all names and contents.
func (t tree) hash() string {
	list := make([]string, 0, 3*len(t))
	for _, name := range sortedKeys(t) {
		list = append(list, name, fmt.Sprint(t[name].executable), string(t[name].data))
	}
	return graph.Hash(list...)
}

// write writes the files below dir.
func (t tree) write(dir string) error {
	for name, f := range t {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return fmt.Errorf("write sources: %w", err)
		}
		if err := os.WriteFile(to, f.data, 0o644); err != nil {
			return fmt.Errorf("write sources: %w", err)
		}
	}
	return nil
}

// entries are the files as entries of a layer, each after its directories.
func (t tree) entries() []oci.Entry {
	var list []oci.Entry
	seen := make(map[string]bool)
	for _, name := range sortedKeys(t) {
		var parents []oci.Entry
		for dir := path.Dir(name); dir != "." && !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			parents = append(parents, oci.Entry{Path: dir, Dir: true, Mode: 0o755})
		}
		slices.Reverse(parents)
		list = append(list, parents...)
		e := oci.Entry{Path: name, Mode: 0o644, Data: t[name].data}
		if t[name].executable {
			e.Mode = 0o755
		}
		list = append(list, e)
	}
	return list
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K {
	return slices.Sorted(maps.Keys(m))
}
