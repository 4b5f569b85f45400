package lab

import (
	"regexp"
	"slices"
	"strings"
)

// nodeInText stands for a node's full name in a text: $(NODE.worker).
var nodeInText = regexp.MustCompile(`\$\(NODE\.([a-z0-9-]+)\)`)

// WithNames returns a copy of the scenario with names filled in to its texts:
// $(NODE.worker) is the full name of the node worker, $(KUBENAMESPACE) the kube
// namespace.
func (s *Scenario) WithNames(nodeName func(short string) string, kubeNamespace string) *Scenario {
	fill := func(text string) string {
		text = strings.ReplaceAll(text, "$("+KubeNamespace+")", kubeNamespace)
		return nodeInText.ReplaceAllStringFunc(text, func(m string) string { return nodeName(nodeInText.FindStringSubmatch(m)[1]) })
	}
	both := func(t Text) Text { return Text{EN: fill(t.EN), KO: fill(t.KO)} }
	optional := func(t *Text) *Text {
		if t == nil {
			return nil
		}
		return new(both(*t))
	}
	named := *s
	named.Title = both(s.Title)
	named.Tasks = slices.Clone(s.Tasks)
	for i := range named.Tasks {
		t := &named.Tasks[i]
		t.Prompt, t.Question = optional(t.Prompt), optional(t.Question)
		t.Checks, t.Wrong, t.Hints = slices.Clone(t.Checks), slices.Clone(t.Wrong), slices.Clone(t.Hints)
		for j := range t.Checks {
			t.Checks[j].Why = both(t.Checks[j].Why)
		}
		for j := range t.Wrong {
			t.Wrong[j].Why = both(t.Wrong[j].Why)
		}
		for j := range t.Hints {
			t.Hints[j].Say = both(t.Hints[j].Say)
		}
	}
	return &named
}
