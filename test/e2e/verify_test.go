package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"podlab"
	"podlab/internal/lab"
	"podlab/internal/node"
	"podlab/internal/runner"
	"podlab/internal/verdict"
)

func verifySpecs() {
	// Ginkgo builds the specs before BeforeSuite loads the content, so load it here.
	all, err := lab.Load(podlab.Content)
	if err != nil {
		It("has content", func() { Fail(err.Error()) })
		return
	}
	BeforeAll(func() { solve() })
	for _, l := range all.Labs {
		for _, part := range l.Scenarios {
			It(fmt.Sprintf("of %s, %s", l.Name, part.Scenario), func(ctx context.Context) {
				rehearsals, err := newRunner().Verify(ctx, []lab.Part{part})
				Expect(err).NotTo(HaveOccurred())
				Expect(rehearsals).To(HaveLen(rehearsalsOf(part.Of)))
				Expect(unexpected(rehearsals)).To(BeEmpty(), "rehearsals without the expected verdicts")
			}, SpecTimeout(10*runTimeout))
		}
	}

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
