package lab_test

import (
	"strings"
	"testing"

	"podlab"
	"podlab/internal/lab"
)

func TestWithNames(t *testing.T) {
	why := lab.Text{EN: "See $(NODE.worker) in $(KUBENAMESPACE): $(id)", KO: "$(NODE.control-plane)"}
	s := &lab.Scenario{Tasks: []lab.Task{{
		Question: &why, Checks: []lab.Check{{Why: why}}, Wrong: []lab.Wrong{{Why: why}}, Hints: []lab.Hint{{Say: why}},
	}}}
	named := s.WithNames(func(short string) string { return "mine-" + short }, "web")
	want := lab.Text{EN: "See mine-worker in web: $(id)", KO: "mine-control-plane"}
	task := named.Tasks[0]
	for name, got := range map[string]lab.Text{
		"question": *task.Question, "check": task.Checks[0].Why, "wrong": task.Wrong[0].Why, "hint": task.Hints[0].Say,
	} {
		if got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	if s.Tasks[0].Checks[0].Why != why || *s.Tasks[0].Question != why {
		t.Error("the scenario itself has changed")
	}
}

// No text of a scenario names a cluster or leaves a name open: learners choose their
// cluster's name.
func TestTextsNameNoCluster(t *testing.T) {
	content, err := lab.Load(podlab.Content)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range content.Scenarios {
		named := s.WithNames(func(short string) string {
			if short != "worker" && short != "control-plane" {
				t.Errorf("%s: no lab has a node %q", name, short)
			}
			return "c-" + short
		}, "ns")
		for _, text := range textsOf(named) {
			for _, wrong := range []string{"myk8s", "$(NODE", "$(node"} {
				if strings.Contains(text, wrong) {
					t.Errorf("%s: %q in a text: %s", name, wrong, text)
				}
			}
		}
	}
}

func textsOf(s *lab.Scenario) []string {
	var all []string
	add := func(t lab.Text) { all = append(all, t.EN, t.KO) }
	add(s.Title)
	for i := range s.Tasks {
		t := &s.Tasks[i]
		for _, text := range []*lab.Text{t.Prompt, t.Question} {
			if text != nil {
				add(*text)
			}
		}
		for j := range t.Checks {
			add(t.Checks[j].Why)
		}
		for j := range t.Wrong {
			add(t.Wrong[j].Why)
		}
		for j := range t.Hints {
			add(t.Hints[j].Say)
		}
	}
	return all
}
