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
	// Read again, as specs are made before the suite has begun.
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
				Expect(blamed(rehearsals)).To(BeEmpty(), "the checks don't tell right from wrong")
			}, SpecTimeout(10*runWithin))
		}
	}

	It("and leaves a learner's alone, and nothing of its own", func(ctx SpecContext) {
		expectAllPassed(check(passed))
		for _, n := range shared.Nodes {
			left, err := node.Output(ctx, node.Engine(host, n.Name),
				"sh", "-c", `find /podlab /etc/kubernetes/manifests -name "*-rehearsal-*" 2>/dev/null || true`)
			Expect(err).NotTo(HaveOccurred())
			Expect(string(left)).To(BeEmpty(), n.Name)
		}
	})
}

// rehearsalsOf is how many proofs a scenario takes: each task untouched and
// solved, and each mutant; those apart that need what is not here.
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

// blamed says which rehearsals did not end as they should.
func blamed(rehearsals []runner.Rehearsal) string {
	var said []string
	for _, r := range rehearsals {
		if r.Verdict != verdict.Pass {
			said = append(said, fmt.Sprintf("%s/%s, %s: %s: %s", r.Scenario, r.Task, r.What, r.Verdict, r.Message))
		}
	}
	return strings.Join(said, "\n")
}
