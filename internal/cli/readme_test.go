package cli

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"podlab"
	"podlab/internal/lab"
)

// What the README lists is what there is.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	readme := string(data)
	content, err := lab.Load(podlab.Content)
	if err != nil {
		t.Fatal(err)
	}
	listed := regexp.MustCompile(`(?m)^\| \[lab-`).FindAllString(readme, -1)
	if len(listed) != len(content.Labs) {
		t.Errorf("the README lists %d labs, there are %d", len(listed), len(content.Labs))
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
	for _, code := range []int{exitPassed, exitFailed, exitUsage, exitUnknown, exitInterrupted} {
		if !strings.Contains(readme, fmt.Sprintf("\n| %d | ", code)) {
			t.Errorf("the README lacks exit code %d", code)
		}
	}
	for _, cmd := range (&app{}).root().Commands() {
		if cmd.IsAvailableCommand() && cmd.Name() != "help" && !regexp.MustCompile(`podlab [a-z|]*\b`+cmd.Name()+`\b`).MatchString(readme) {
			t.Errorf("the README lacks podlab %s", cmd.Name())
		}
	}
}
