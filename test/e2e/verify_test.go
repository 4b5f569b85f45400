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
		Expect(blamed(rehearsals)).To(BeEmpty(), "these checks don't tell right from wrong")
		AddReportEntry("rehearsals", want)
	}, SpecTimeout(verifyTimeout))

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
