//go:build linux

package main_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/pause/behaviour"
	"podlab/pause/tiny"
)

var other = flag.String("pause", "", "test the pause at this `path` instead of podlab's")

// bin is the directory of the programs that the tests build. Any user may read it.
var bin string

func TestMain(m *testing.M) {
	behaviour.Main()
	flag.Parse()
	os.Exit(inBin(m.Run))
}

func inBin(run func() int) int {
	var err error
	if bin, err = os.MkdirTemp("", "pause-test"); err == nil {
		err = os.Chmod(bin, 0o755)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(bin)
	return run()
}

// The names of statements, by what they are about.
var (
	ending = []string{
		"TERM", "INT", "both", "storm", "stopped", "others", "inside",
		"elsewhere TERM", "elsewhere INT", "nobody TERM", "nobody INT", "ignored TERM", "ignored INT", "blocked TERM", "blocked INT",
	}
	reaping = []string{"early", "orphan", "thousand", "bursts", "elsewhere reaps", "nobody reaps", "ignored reaps", "blocked reaps"}
	talking = []string{"version", "warning", "flag"}
	// sleep(1) violates all but two: an ignored SIGCHLD stays ignored, so the kernel
	// reaps its children, and sleep rejects unknown flags.
	sleeping = without(slices.Concat(ending, reaping, talking), "ignored reaps", "flag")
)

func TestBodies(t *testing.T) {
	if *other != "" {
		t.Skip("-pause names another pause")
	}
	for _, body := range []struct {
		name     string
		make     func(*testing.T) []string
		violates []string
	}{
		{"pause", goBuild("podlab/pause"), nil},
		{"noreap", goBuild("podlab/pause/noreap"), reaping},
		{"tiny", writeTiny, talking},
		{"C", compile("testdata/pause.c"), nil},
		{"sleep", func(*testing.T) []string { return []string{"sleep", "infinity"} }, sleeping},
	} {
		t.Run(body.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(sorted(body.violates), violations(t, body.make(t))); diff != "" {
				t.Errorf("violated statements (-want +got):\n%s", diff)
			}
		})
	}
}

// TestAnother checks each statement on the pause that -pause names.
func TestAnother(t *testing.T) {
	if *other == "" {
		t.Skip("-pause is not set")
	}
	path := filepath.Join(bin, filepath.Base(*other))
	data, err := os.ReadFile(*other)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, s := range behaviour.Statements() {
		t.Run(s.Name, func(t *testing.T) {
			check(t, s, []string{path}, func(v *behaviour.Violation) { t.Errorf("%s: %v", s.Says, v) })
		})
	}
}

// violations returns the sorted names of the statements that a program violates.
func violations(t *testing.T, argv []string) []string {
	t.Helper()
	var names []string
	for _, s := range behaviour.Statements() {
		check(t, s, argv, func(v *behaviour.Violation) {
			t.Logf("%s: %v", s.Name, v)
			names = append(names, s.Name)
		})
	}
	return sorted(names)
}

func check(t *testing.T, s behaviour.Statement, argv []string, violated func(*behaviour.Violation)) {
	t.Helper()
	err := s.Check(t.Context(), argv...)
	var v *behaviour.Violation
	switch {
	case errors.Is(err, behaviour.ErrNoNamespaces):
		t.Skip(err)
	case errors.As(err, &v):
		violated(v)
	case err != nil:
		t.Fatalf("check %s: %v", s.Name, err)
	}
}

func goBuild(pkg string, args ...string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		t.Helper()
		path := filepath.Join(bin, strings.ReplaceAll(t.Name(), "/", "-")+"-"+filepath.Base(pkg))
		args := append([]string{"build", "-ldflags=-X main.version=1.2.3", "-o", path}, append(args, pkg)...)
		cmd := exec.CommandContext(t.Context(), "go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
		return []string{path}
	}
}

func writeTiny(t *testing.T) []string {
	t.Helper()
	return []string{writeTinyFor(t, runtime.GOARCH)}
}

func writeTinyFor(t *testing.T, arch string) string {
	t.Helper()
	elf, err := tiny.ELF(arch)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(bin, "tiny-"+strings.ReplaceAll(t.Name(), "/", "-"))
	if err := os.WriteFile(path, elf, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func compile(source string) func(*testing.T) []string {
	return func(t *testing.T) []string {
		t.Helper()
		gcc, err := exec.LookPath("gcc")
		if err != nil {
			t.Skip("gcc is not installed: ", err)
		}
		path := filepath.Join(bin, strings.ReplaceAll(t.Name(), "/", "-"))
		if out, err := exec.CommandContext(t.Context(), gcc, "-O2", "-Wall", "-Werror", "-o", path, source).CombinedOutput(); err != nil {
			t.Fatalf("compile: %v\n%s", err, out)
		}
		return []string{path}
	}
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }

func without(names []string, not ...string) []string {
	return slices.DeleteFunc(names, func(n string) bool { return slices.Contains(not, n) })
}
