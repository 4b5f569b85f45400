// Package docs_test compares the documents with the code.
package docs_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"podlab"
	"podlab/internal/lab"
	"podlab/pause/behaviour"
)

// proof matches a check or pause statement in the third column of a table.
var proof = regexp.MustCompile("`([a-z-]+(?:/[a-z-]+/|#)[^`]+)`")

// TestClaims requires that every claim names an existing proof, and that every proof
// belongs to a claim.
func TestClaims(t *testing.T) {
	data, err := os.ReadFile("claims.md")
	if err != nil {
		t.Fatal(err)
	}
	claimed := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 4 || cells[2] == "proved by" || cells[2] == "---" {
			continue
		}
		proofs := proof.FindAllStringSubmatch(cells[2], -1)
		if len(proofs) == 0 {
			t.Errorf("claim %q names no proof", cells[0])
		}
		for _, p := range proofs {
			claimed[p[1]] = true
		}
		if !regexp.MustCompile(`^(true|depends|wrong)\b`).MatchString(cells[3]) {
			t.Errorf("claim %q has the outcome %q, want true, depends or wrong", cells[0], cells[3])
		}
	}
	existing := proofs(t)
	for _, name := range slices.Sorted(maps.Keys(claimed)) {
		if !existing[name] {
			t.Errorf("claims.md names %s, which does not exist", name)
		}
		delete(existing, name)
	}
	for _, name := range slices.Sorted(maps.Keys(existing)) {
		t.Errorf("no claim names %s", name)
	}
}

// proofs returns the IDs of all checks and all statements about pauses.
func proofs(t *testing.T) map[string]bool {
	t.Helper()
	content, err := lab.Load(podlab.Content)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for name, scenario := range content.Scenarios {
		for i := range scenario.Tasks {
			task := &scenario.Tasks[i]
			if task.Question != nil {
				all[name+"/"+task.Name+"/answer"] = true
			}
			for n := range task.Checks {
				all[name+"/"+task.Name+"/"+task.Checks[n].Name] = true
			}
		}
	}
	for _, s := range behaviour.Statements() {
		all["pause#"+s.Name] = true
	}
	return all
}
