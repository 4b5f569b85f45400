package e2e_test

import (
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"podlab/internal/lab"
	"podlab/internal/node"
	"podlab/internal/runner"
	"podlab/internal/verdict"
)

func verifySpecs() {
	BeforeAll(func() { solve() })

	It("of every lab", func(ctx SpecContext) {
		var parts []lab.Part
		want := 0
		for _, l := range content.Labs {
			for _, part := range l.Scenarios {
				parts = append(parts, part)
				want += rehearsalsOf(part.Of)
			}
		}
		rehearsals, err := newRunner().Verify(ctx, parts)
		Expect(err).NotTo(HaveOccurred())
		Expect(rehearsals).To(HaveLen(want))
		Expect(unexpected(rehearsals)).To(BeEmpty(), "rehearsals without the expected verdicts")
		AddReportEntry("rehearsals", want)
	}, SpecTimeout(verifyTimeout))

	It("without touching the learner's work or leaving anything on the nodes", func(ctx SpecContext) {
		expectAllPassed(check(passed))
		for _, n := range shared.Nodes {
			left, err := node.Output(ctx, node.Engine(host, n.Name),
				"sh", "-c", `find /podlab /etc/kubernetes/manifests -name "*-rehearsal-*" 2>/dev/null || true`)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(left)).To(BeEmpty(), n.Name)
		}
	})
}

// rehearsalsOf returns the number of rehearsals of a scenario: two for each task,
// untouched and solved, and one for each mutant. Tasks that this machine can't run don't
// count.
func rehearsalsOf(s *lab.Scenario) int {
	lacking := func(need lab.Need) bool { return shared.Machine().Lacks(need) != "" }
	n := 0
	for i := range s.Tasks {
		if !slices.ContainsFunc(slices.Concat(s.Needs, s.Tasks[i].Needs), lacking) {
			n += 2 + len(s.Tasks[i].Mutants)
		}
	}
	return n
}

// unexpected describes the rehearsals without the expected verdict.
func unexpected(rehearsals []runner.Rehearsal) string {
	var lines []string
	for _, r := range rehearsals {
		if r.Verdict != verdict.Pass {
			lines = append(lines, fmt.Sprintf("%s/%s, %s: %s: %s", r.Scenario, r.Task, r.What, r.Verdict, r.Message))
		}
	}
	return strings.Join(lines, "\n")
}
