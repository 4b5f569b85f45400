package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A loader collects the content and all that is wrong with it.
type loader struct {
	files     map[string][]byte
	used      map[string]bool // files that something uses
	broken    map[string]bool // files that could not be decoded as a whole
	problems  Problems
	labs      map[string]*loaded[Lab]
	scenarios map[string]*loaded[Scenario]
	manifests map[string]*Manifest
}

// loaded is a decoded file and where its values stood.
type loaded[T any] struct {
	*source
	value *T
}

// Load reads the folders labs, scenarios and manifests and validates all of
// them. The error is [Problems] when the content is not right.
func Load(fsys fs.FS) (*Content, error) {
	l := &loader{
		files: map[string][]byte{}, used: map[string]bool{}, broken: map[string]bool{},
		labs: map[string]*loaded[Lab]{}, scenarios: map[string]*loaded[Scenario]{}, manifests: map[string]*Manifest{},
	}
	for _, dir := range []string{"labs", "scenarios", "manifests"} {
		if err := l.read(fsys, dir); err != nil {
			return nil, err
		}
	}
	for _, name := range sorted(l.files) {
		l.file(name)
	}
	for _, name := range sorted(l.scenarios) {
		l.checkScenario(l.scenarios[name])
	}
	for _, name := range sorted(l.labs) {
		l.checkLab(l.labs[name])
	}
	l.checkUse()
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
		l.problems.add(dir, position{}, "there is no such folder in the content")
		return nil
	}
	if err != nil {
		return fmt.Errorf("read content: %w", err)
	}
	return nil
}

// file sorts a file by where it stands.
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

// decodeFile decodes a lab or a scenario; nil when it can't be looked into.
func decodeFile[T any](l *loader, name, kind string) *loaded[T] {
	l.used[name] = true
	s := newSource(name, l.files[name], &l.problems)
	docs, ok := s.documents(l.files[name])
	l.broken[name] = true
	switch {
	case !ok:
		return nil
	case len(docs) != 1:
		l.problems.add(name, position{}, "must be one YAML document, and is %d", len(docs))
		return nil
	case !s.readable(docs[0], kind):
		return nil
	}
	l.broken[name] = false
	out := &loaded[T]{source: s, value: new(T)}
	s.decode(docs[0], reflect.ValueOf(out.value).Elem())
	return out
}

// readable reports whether the file is of a kind and a version that can be
// decoded at all.
func (s *source) readable(n *yaml.Node, kind string) bool {
	if n.Kind != yaml.MappingNode {
		s.wrongAt(n, "must be fields with values")
		return false
	}
	got := map[string]*yaml.Node{"apiVersion": {}, "kind": {}}
	for i := 0; i+1 < len(n.Content); i += 2 {
		got[n.Content[i].Value] = n.Content[i+1]
	}
	switch version := got["apiVersion"]; {
	case strings.HasPrefix(version.Value, "podlab/") && version.Value != APIVersion:
		s.wrongAt(version, "this is written for %s, and this podlab reads %s: a newer podlab is needed", version.Value, APIVersion)
		return false
	case version.Value != "" && version.Value != APIVersion:
		s.wrongAt(version, "apiVersion must be %s", APIVersion)
		return false
	}
	if k := got["kind"]; k.Value != "" && k.Value != kind {
		s.wrongAt(k, "kind must be %s here", kind)
		return false
	}
	return true
}

// checkUse complains about what nothing uses.
func (l *loader) checkUse() {
	for _, name := range sorted(l.files) {
		if l.used[name] || l.broken[path.Dir(name)+"/lab.yaml"] {
			continue
		}
		if _, ok := l.manifests[name]; !ok {
			l.problems.add(name, position{}, "nothing uses this file")
		} else if !unread(l.scenarios) {
			l.problems.add(name, position{}, "no scenario applies this manifest")
		}
	}
	if len(l.labs) == 0 {
		l.problems.add("labs", position{}, "there is no lab")
	}
	if unread(l.labs) {
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
			s.wrong(&s.value.Name, "no lab has this scenario")
		}
	}
}

// unread reports whether a file could not be looked into, so that what it names
// is not known.
func unread[T any](files map[string]*loaded[T]) bool {
	for _, f := range files {
		if f == nil {
			return true
		}
	}
	return false
}

func (l *loader) content() *Content {
	c := &Content{Scenarios: map[string]*Scenario{}, Manifests: l.manifests}
	for _, name := range sorted(l.labs) {
		c.Labs = append(c.Labs, l.labs[name].value)
	}
	for name, s := range l.scenarios {
		c.Scenarios[name] = s.value
	}
	h := sha256.New()
	for _, name := range sorted(l.files) {
		_, _ = fmt.Fprintf(h, "%s\n%d\n%s\n", name, len(l.files[name]), l.files[name]) // a hash takes everything
	}
	c.Hash = hex.EncodeToString(h.Sum(nil))
	return c
}

func sorted[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
