package cli

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"podlab"
	"podlab/internal/lab"
)

var embedded = sync.OnceValues(func() (*lab.Content, error) { return lab.Load(podlab.Content) })

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestReadmeListsLabs(t *testing.T) {
	readme := read(t, "../../README.md")
	content, err := embedded()
	if err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(readme, "\n| [lab-"); rows != len(content.Labs) {
		t.Errorf("the README lists %d labs, want %d", rows, len(content.Labs))
	}
	for _, l := range content.Labs {
		row := fmt.Sprintf("| [%s](labs/%[1]s/README.md) | %s | %d |", l.Name, l.Title.EN, l.Total)
		if !strings.Contains(readme, row) {
			t.Errorf("the README lacks the row %s", row)
		}
		for _, part := range l.Scenarios {
			if strings.Contains(readme, "<!-- "+l.Name+" -->") && !strings.Contains(readme, part.Of.Title.EN) {
				t.Errorf("the README's output lacks scenario %q", part.Of.Title.EN)
			}
		}
	}
}

// TestCommandLists compares the command list in the documents with podlab --help.
func TestCommandLists(t *testing.T) {
	var out bytes.Buffer
	streams := Streams{Out: &out, ErrOut: &out, Getenv: func(string) string { return "" }}
	if code := Run(t.Context(), streams, []string{"--help"}); code != exitPassed {
		t.Fatalf("podlab --help ended with exit code %d: %s", code, out.String())
	}
	want := "```console\n$ podlab --help\n" + out.String() + "```\n"
	for _, path := range []string{"../../README.md", "../../docs/design.md"} {
		if !strings.Contains(read(t, path), want) {
			t.Errorf("%s lacks today's output:\n%s", path, want)
		}
	}
}

func TestExitCodesAreDocumented(t *testing.T) {
	for _, path := range []string{"../../README.md", "../../docs/design.md"} {
		rows := regexp.MustCompile(`(?m)^\| (\d+) \| `).FindAllStringSubmatch(read(t, path), -1)
		var got []string
		for _, row := range rows {
			got = append(got, row[1])
		}
		var want []string
		for _, code := range []int{exitPassed, exitFailed, exitUsage, exitUnknown, exitInterrupted} {
			want = append(want, fmt.Sprint(code))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s documents the exit codes %v, want %v", path, got, want)
		}
	}
}
