//go:build linux

package main_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"podlab/pause/behaviour"
)

// TestMutants builds a pause with the change in each file of testdata/mutants, and
// expects it to violate exactly the statements that the file names. Every statement
// must be violated by at least one mutant.
func TestMutants(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a pause for each mutant: not with -short")
	}
	if *other != "" {
		t.Skip("-pause names another pause")
	}
	files, err := filepath.Glob("testdata/mutants/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no mutants: %v", err)
	}
	caught := make(map[string]bool)
	for _, file := range files {
		m := readMutant(t, file)
		for _, name := range m.violates {
			caught[name] = true
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(m.violates, violations(t, m.build(t))); diff != "" {
				t.Errorf("violated statements (-want +got):\n%s", diff)
			}
		})
	}
	for _, s := range behaviour.Statements() {
		delete(caught, s.Name)
		if !slices.ContainsFunc(files, func(f string) bool { return slices.Contains(readMutant(t, f).violates, s.Name) }) {
			t.Errorf("no mutant violates %q", s.Name)
		}
	}
	if len(caught) > 0 {
		t.Errorf("mutants name unknown statements: %q", slices.Collect(maps.Keys(caught)))
	}
}

// mutant is a change to one file, and the statements that the change violates.
type mutant struct {
	file, before, after string
	violates            []string
}

func readMutant(t *testing.T, file string) mutant {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	part := make(map[string]string)
	for _, f := range a.Files {
		part[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
	}
	violates := strings.Split(part["violates"], "\n")
	return mutant{part["file"], part["before"], part["after"], sorted(violates)}
}

// build builds the pause with the changed file.
func (m mutant) build(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile(m.file)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(data), m.before); n != 1 {
		t.Fatalf("%s has the text to change %d times, want 1:\n%s", m.file, n, m.before)
	}
	changed := write(t, filepath.Base(m.file), []byte(strings.Replace(string(data), m.before, m.after, 1)))
	if filepath.Ext(m.file) == ".c" {
		return compile(changed)(t)
	}
	source, err := filepath.Abs(m.file)
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{source: changed}})
	if err != nil {
		t.Fatal(err)
	}
	return goBuild("podlab/pause", "-overlay="+write(t, "overlay.json", list))(t)
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
