package e2e_test

import (
	"encoding/xml"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gstruct"

	"podlab/internal/report"
	"podlab/internal/verdict"
)

func labSpecs() {
	It("says before a start that there is nothing to check", func() {
		s := start(onShared("check", "lab-2")...).ends(unknown, runWithin)
		Expect(s.errors()).To(ContainSubstring("podlab start lab-2"))
	})

	It("runs it with the reference solution, and everything passes", func() {
		r := solve()
		AddReportEntry("run with the cluster up", phases(r))
		Expect(r.Cluster.Name).To(Equal(clusterName))
		Expect(r.Cluster.Nodes).To(ConsistOf(clusterName+"-control-plane", clusterName+"-worker"))
		Expect(r.Cluster.Kubernetes).To(HavePrefix("v1."))

		By("having phases that add up")
		var names []string
		for _, p := range r.Phases {
			names = append(names, p.Name)
			Expect(p.ElapsedMs).To(BeNumerically(">=", p.WaitedMs), p.Name)
			Expect(p.ElapsedMs).To(BeNumerically("<=", r.ElapsedMs), p.Name)
		}
		want := []string{"engine", "images", "cluster"}
		for _, part := range lab2.Scenarios {
			want = append(want, part.Scenario)
		}
		Expect(names).To(Equal(want))

		By("having the timeline of the kills as evidence")
		for _, task := range []string{"kill", "kill-shared"} {
			evidence := checkNamed(r, "kill-pause/"+task+"/its containers were started again in the new sandbox").Evidence
			Expect(evidence).To(HaveKeyWithValue("killToLastContainerMs", BeNumerically(">", 0)))
			moments := evidence["fromKillMs"].([]any)
			Expect(moments).To(ContainElement(HavePrefix("0 process-exited pause")))
			Expect(moments).To(ContainElement(MatchRegexp(`^\d+ sandbox-created`)))
			Expect(moments).To(ContainElement(MatchRegexp(`^\d+ container-started nginx$`)))
			Expect(moments).To(ContainElement(MatchRegexp(`^\d+ container-started shell$`)))
		}
	})

	It("checks what is there, and comes to the same", func() {
		expectAllPassed(check(passed))
	})

	It("checks one task alone", func() {
		s := start(onShared("check", "lab-2", "reload", "--output", "json")...).ends(passed, runWithin)
		r := s.report()
		Expect(r.Tasks).To(HaveLen(1))
		Expect(r.Tasks[0].ID).To(Equal("shared-pid/reload"))
		Expect(r.MaxScore).To(Equal(lab2.Points("shared-pid", "reload")))
	})

	It("keeps an answer, and grades it", func() {
		refused := start(onShared("answer", "lab-2", "swap-pause/careless", "one", "--output", "json")...).ends(failed, runWithin).report()
		Expect(refused.Checks).To(HaveLen(1))
		Expect(refused.Checks[0].Message).To(ContainSubstring("There is no zombie in that one"))
		Expect(start(onShared("check", "lab-2", "careless", "--output", "json")...).ends(failed, runWithin).report().Score).To(BeZero())
		start(onShared("answer", "lab-2", "careless", " two ", "--output", "json")...).ends(passed, runWithin)
		s := start(onShared("answer", "lab-2", "reload", "two")...).ends(wrong, runWithin)
		Expect(s.errors()).To(ContainSubstring("shared-pid/reload is something to do, not a question: podlab check lab-2 shared-pid/reload"))
	})

	It("helps on, a little more each time", func() {
		hint := func(args ...string) string {
			GinkgoHelper()
			return string(start(onShared("hint", append([]string{"lab-2", "pod-anatomy/deploy"}, args...)...)...).ends(passed, runWithin).Out.Contents())
		}
		Expect(hint()).To(HavePrefix("pod-anatomy/deploy, hint 1 of 2\n\n  Keep the pod plain"))
		last := hint()
		Expect(last).To(HavePrefix("pod-anatomy/deploy, hint 2 of 2\n\n  kubectl -n pod-anatomy run web-app1"))
		Expect(hint()).To(Equal(last))
		Expect(hint("--lang", "ko")).To(HavePrefix("pod-anatomy/deploy, 힌트 2/2"))
	})

	It("writes it for people, in both languages", func() {
		text := string(start(onShared("check", "lab-2")...).ends(passed, runWithin).Out.Contents())
		Expect(text).To(ContainSubstring(fmt.Sprintf("%[1]d of %[1]d points", lab2.Total)))
		for _, part := range lab2.Scenarios {
			Expect(text).To(ContainSubstring(part.Scenario))
		}
		Expect(text).NotTo(ContainSubstring("\x1b["), "there is no terminal to have colours")
		Expect(string(start(onShared("check", "lab-2", "--lang", "ko")...).ends(passed, runWithin).Out.Contents())).
			To(MatchRegexp(`\p{Hangul}`))
	})

	It("writes it for CI systems", func() {
		var suites struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
			Errors   int `xml:"errors,attr"`
			Suites   []struct {
				Name  string `xml:"name,attr"`
				Cases []struct {
					Name string `xml:"name,attr"`
				} `xml:"testcase"`
			} `xml:"testsuite"`
		}
		s := start(onShared("check", "lab-2", "--output", "junit")...).ends(passed, runWithin)
		Expect(xml.Unmarshal(s.Out.Contents(), &suites)).To(Succeed())
		Expect(suites.Failures + suites.Errors).To(BeZero())
		Expect(suites.Suites).To(HaveLen(len(lab2.Scenarios)))
		cases := 0
		for _, suite := range suites.Suites {
			cases += len(suite.Cases)
		}
		Expect(cases).To(Equal(suites.Tests))
		Expect(cases).To(Equal(checksOfLab2()))
	})

	It("fails what was undone, and nothing else", func(ctx SpecContext) {
		Expect(shared.Kube.Delete(ctx, "pod-anatomy", "pod", "web-app1", nil)).To(Succeed())
		r := check(failed)
		Expect(r.Verdict).To(Equal(verdict.Fail))
		Expect(r.Score).To(Equal(lab2.Total - lab2.Points("pod-anatomy", "deploy")))
		for _, c := range r.Checks {
			if taskOf(c.ID) == "pod-anatomy/deploy" {
				Expect(c.Verdict).To(Equal(verdict.Fail), c.ID)
				Expect(c.Message).To(ContainSubstring("web-app1"), c.ID)
			} else {
				Expect(c.Verdict).To(Equal(verdict.Pass), c.ID)
			}
		}

		By("running again, which makes it anew")
		solve()
	})
}

// expectAllPassed expects a report of lab 2 in which everything has passed, and
// says why.
func expectAllPassed(r *report.Report) {
	GinkgoHelper()
	Expect(notPassed(r)).To(BeEmpty())
	Expect(r).To(gstruct.PointTo(gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{
		"Lab": Equal("lab-2"), "Verdict": Equal(verdict.Pass), "Score": Equal(lab2.Total), "MaxScore": Equal(lab2.Total),
		"Checks": HaveLen(checksOfLab2()),
	})))
	for _, c := range r.Checks {
		Expect(c.Evidence).NotTo(BeEmpty(), c.ID)
		Expect(c.Message).NotTo(BeEmpty(), c.ID)
	}
}

// expectNothingFailed expects that what could not be seen is Unknown.
func expectNothingFailed(r *report.Report) {
	GinkgoHelper()
	Expect(r.Verdict).To(Equal(verdict.Unknown))
	for _, c := range r.Checks {
		Expect(c.Verdict).NotTo(Equal(verdict.Fail), c.ID)
	}
}

// notPassed are the checks that did not pass, with what there is to say.
func notPassed(r *report.Report) map[string]string {
	all := map[string]string{}
	for _, c := range r.Checks {
		if c.Verdict != verdict.Pass {
			all[c.ID] = string(c.Verdict) + ": " + c.Message
		}
	}
	return all
}

func checkNamed(r *report.Report, id string) report.Check {
	GinkgoHelper()
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	Fail("the report has no check " + id)
	return report.Check{}
}

// checksOfLab2 is how many checks lab 2 has; the answer to a question is one.
func checksOfLab2() int {
	n := 0
	for _, part := range lab2.Scenarios {
		for i := range part.Of.Tasks {
			n += len(part.Of.Tasks[i].Checks)
			if part.Of.Tasks[i].Question != nil {
				n++
			}
		}
	}
	return n
}
