// Package docs_test holds the documents to what there is.
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

// proof is one in a table's third column.
var proof = regexp.MustCompile("`([a-z-]+(?:/[a-z-]+/|#)[^`]+)`")

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
			t.Errorf("nothing proves %q", cells[0])
		}
		for _, p := range proofs {
			claimed[p[1]] = true
		}
		if !regexp.MustCompile(`^(true|depends|wrong)\b`).MatchString(cells[3]) {
			t.Errorf("%q came out as %q", cells[0], cells[3])
		}
	}
	there := proofs(t)
	for _, name := range slices.Sorted(maps.Keys(claimed)) {
		if !there[name] {
			t.Errorf("there is no %s", name)
		}
		delete(there, name)
	}
	for _, name := range slices.Sorted(maps.Keys(there)) {
		t.Errorf("%s proves nothing", name)
	}
}

// proofs are the checks of all labs, and what pauses are held to.
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
