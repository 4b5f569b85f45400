package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A loader collects the content and its problems.
type loader struct {
	files     map[string][]byte
	used      map[string]bool // files that are part of the content
	broken    map[string]bool // files that could not be decoded completely
	problems  Problems
	labs      map[string]*loaded[Lab]
	scenarios map[string]*loaded[Scenario]
	manifests map[string][]manifestObject
}

// loaded is a decoded file with the positions of its values.
type loaded[T any] struct {
	*source
	value *T
}

// Load reads and validates the folders labs, scenarios and manifests. If the
// content has mistakes, the error is of type [Problems].
func Load(fsys fs.FS) (*Content, error) {
	l := &loader{
		files: map[string][]byte{}, used: map[string]bool{}, broken: map[string]bool{},
		labs: map[string]*loaded[Lab]{}, scenarios: map[string]*loaded[Scenario]{}, manifests: map[string][]manifestObject{},
	}
	for _, dir := range []string{"labs", "scenarios", "manifests"} {
		if err := l.read(fsys, dir); err != nil {
			return nil, err
		}
	}
	for _, name := range sortedKeys(l.files) {
		l.file(name)
	}
	for _, name := range sortedKeys(l.scenarios) {
		l.checkScenario(l.scenarios[name])
	}
	for _, name := range sortedKeys(l.labs) {
		l.checkLab(l.labs[name])
	}
	l.checkUnused()
	if err := l.problems.err(); err != nil {
		return nil, err
	}
	return l.content(), nil
}

func (l *loader) read(fsys fs.FS, dir string) error {
	err := fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case strings.HasPrefix(d.Name(), "."):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			return nil
		}
		data, err := fs.ReadFile(fsys, name)
		l.files[name] = data
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		l.problems.add(dir, position{}, "the content has no such folder")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read content: %w", err)
	}
	return nil
}

// file decodes a file according to its path.
func (l *loader) file(name string) {
	parts := strings.Split(name, "/")
	switch {
	case parts[0] == "labs" && len(parts) == 3 && parts[2] == "lab.yaml":
		l.labs[parts[1]] = decodeFile[Lab](l, name, "Lab")
	case parts[0] == "scenarios" && len(parts) == 3 && parts[2] == "scenario.yaml":
		l.scenarios[parts[1]] = decodeFile[Scenario](l, name, "Scenario")
	case path.Ext(name) == ".yaml" && (parts[0] == "manifests" && len(parts) == 2 || parts[0] == "scenarios" && len(parts) == 3):
		l.manifest(name)
	}
}

// decodeFile decodes a lab or a scenario. It returns nil for a file of another
// kind or version, and for invalid YAML.
func decodeFile[T any](l *loader, name, kind string) *loaded[T] {
	l.used[name] = true
	s := newSource(name, l.files[name], &l.problems)
	docs, ok := s.documents(l.files[name])
	l.broken[name] = true
	switch {
	case !ok:
		return nil
	case len(docs) != 1:
		l.problems.add(name, position{}, "must have one YAML document, not %d", len(docs))
		return nil
	case !s.checkVersion(docs[0], kind):
		return nil
	}
	l.broken[name] = false
	out := &loaded[T]{source: s, value: new(T)}
	s.decode(docs[0], reflect.ValueOf(out.value).Elem())
	return out
}

// checkVersion reports whether a file has the kind and the version that this
// podlab can decode.
func (s *source) checkVersion(n *yaml.Node, kind string) bool {
	if n.Kind != yaml.MappingNode {
		s.problemAt(n, "must be a mapping of fields to values")
		return false
	}
	got := map[string]*yaml.Node{"apiVersion": {}, "kind": {}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		got[n.Content[i].Value] = n.Content[i+1]
	}
	switch version := got["apiVersion"]; {
	case strings.HasPrefix(version.Value, "podlab/") && version.Value != APIVersion:
		s.problemAt(version, "this file is written for %s, but this podlab reads %s: update podlab", version.Value, APIVersion)
		return false
	case version.Value != "" && version.Value != APIVersion:
		s.problemAt(version, "apiVersion must be %s", APIVersion)
		return false
	}
	if k := got["kind"]; k.Value != "" && k.Value != kind {
		s.problemAt(k, "kind must be %s", kind)
		return false
	}
	return true
}

// checkUnused reports files and scenarios that nothing uses.
func (l *loader) checkUnused() {
	for _, name := range sortedKeys(l.files) {
		if l.used[name] || l.broken[path.Dir(name)+"/lab.yaml"] {
			continue
		}
		if _, ok := l.manifests[name]; !ok {
			l.problems.add(name, position{}, "nothing uses this file")
		} else if !anyUndecoded(l.scenarios) {
			l.problems.add(name, position{}, "no scenario applies this manifest")
		}
	}
	if len(l.labs) == 0 {
		l.problems.add("labs", position{}, "the content has no lab")
	}
	if anyUndecoded(l.labs) {
		return
	}
	inLab := map[string]bool{}
	for _, lab := range l.labs {
		for _, part := range lab.value.Scenarios {
			inLab[part.Scenario] = true
		}
	}
	for name, s := range l.scenarios {
		if s != nil && !inLab[name] {
			s.problem(&s.value.Name, "no lab has this scenario")
		}
	}
}

// anyUndecoded reports whether a file could not be decoded, so that podlab does
// not know what the file uses.
func anyUndecoded[T any](files map[string]*loaded[T]) bool {
	for _, f := range files {
		if f == nil {
			return true
		}
	}
	return false
}

func (l *loader) content() *Content {
	c := &Content{Scenarios: map[string]*Scenario{}}
	for _, name := range sortedKeys(l.labs) {
		c.Labs = append(c.Labs, l.labs[name].value)
	}
	for name, s := range l.scenarios {
		s.value.Hash = l.hash(append(s.value.manifests(), s.path))
		c.Scenarios[name] = s.value
	}
	return c
}

// hash returns the SHA-256 over the names and contents of files.
func (l *loader) hash(names []string) string {
	h := sha256.New()
	for _, name := range names {
		_, _ = fmt.Fprintf(h, "%s\n%d\n%s\n", name, len(l.files[name]), l.files[name]) // never fails
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sortedKeys[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }
