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
	It("refuses to check before podlab start", func() {
		s := start(onShared("check", "lab-2")...).ends(unknown, runTimeout)
		Expect(s.errors()).To(ContainSubstring("podlab start lab-2"))
	})

	It("passes every check with the reference solution", func() {
		r := solve()
		AddReportEntry("run with the cluster up", phases(r))
		Expect(r.Cluster.Name).To(Equal(clusterName))
		Expect(r.Cluster.Nodes).To(ConsistOf(clusterName+"-control-plane", clusterName+"-worker"))
		Expect(r.Cluster.Kubernetes).To(HavePrefix("v1."))

		By("reporting consistent phases")
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

		By("reporting the timeline of the kills as evidence")
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

	It("passes every check of the solved state", func() {
		expectAllPassed(check(passed))
	})

	It("checks a single task", func() {
		s := start(onShared("check", "lab-2", "reload", "--output", "json")...).ends(passed, runTimeout)
		r := s.report()
		Expect(r.Tasks).To(HaveLen(1))
		Expect(r.Tasks[0].ID).To(Equal("shared-pid/reload"))
		Expect(r.MaxScore).To(Equal(lab2.Points("shared-pid", "reload")))
	})

	It("stores and grades an answer", func() {
		refused := start(onShared("answer", "lab-2", "swap-pause/careless", "one", "--output", "json")...).ends(failed, runTimeout).report()
		Expect(refused.Checks).To(HaveLen(1))
		Expect(refused.Checks[0].Message).To(ContainSubstring("There is no zombie in that container"))
		Expect(start(onShared("check", "lab-2", "careless", "--output", "json")...).ends(failed, runTimeout).report().Score).To(BeZero())
		start(onShared("answer", "lab-2", "careless", " two ", "--output", "json")...).ends(passed, runTimeout)
		s := start(onShared("answer", "lab-2", "reload", "two")...).ends(usage, runTimeout)
		Expect(s.errors()).To(ContainSubstring("task shared-pid/reload has no question: run podlab check lab-2 shared-pid/reload"))
	})

	It("shows the next hint each time", func() {
		hint := func(args ...string) string {
			GinkgoHelper()
			return string(start(onShared("hint", append([]string{"lab-2", "pod-anatomy/deploy"}, args...)...)...).ends(passed, runTimeout).Out.Contents())
		}
		Expect(hint()).To(HavePrefix("pod-anatomy/deploy, hint 1 of 2\n\n  Set nothing but a name and an image"))
		last := hint()
		Expect(last).To(HavePrefix("pod-anatomy/deploy, hint 2 of 2\n\n  kubectl -n pod-anatomy run web-app1"))
		Expect(hint()).To(Equal(last))
		Expect(hint("--lang", "ko")).To(HavePrefix("pod-anatomy/deploy, 힌트 2/2"))
	})

	It("prints reports as text in both languages", func() {
		text := string(start(onShared("check", "lab-2")...).ends(passed, runTimeout).Out.Contents())
		Expect(text).To(ContainSubstring(fmt.Sprintf("%[1]d of %[1]d points", lab2.Total)))
		for _, part := range lab2.Scenarios {
			Expect(text).To(ContainSubstring(part.Scenario))
		}
		Expect(text).NotTo(ContainSubstring("\x1b["), "podlab printed colours without a terminal")
		Expect(string(start(onShared("check", "lab-2", "--lang", "ko")...).ends(passed, runTimeout).Out.Contents())).
			To(MatchRegexp(`\p{Hangul}`))
	})

	It("prints reports as JUnit XML", func() {
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
		s := start(onShared("check", "lab-2", "--output", "junit")...).ends(passed, runTimeout)
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

	It("fails only the checks of a task that was undone", func(ctx SpecContext) {
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

		By("running again, which creates the pod again")
		solve()
	})
}

// expectAllPassed expects a report of lab 2 in which every check passed, with evidence
// and a message.
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

// expectNothingFailed expects the verdict Unknown without failed checks.
func expectNothingFailed(r *report.Report) {
	GinkgoHelper()
	Expect(r.Verdict).To(Equal(verdict.Unknown))
	for _, c := range r.Checks {
		Expect(c.Verdict).NotTo(Equal(verdict.Fail), c.ID)
	}
}

// notPassed returns the verdict and message of every check that did not pass.
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

// checksOfLab2 returns the number of checks in lab 2. The answer to a question counts as
// a check.
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
