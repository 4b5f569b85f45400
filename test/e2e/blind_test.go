package e2e_test

import (
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"podlab/internal/grade"
	"podlab/internal/report"
)

const (
	controlPlane = clusterName + "-control-plane"
	worker       = clusterName + "-worker"
)

// apiOnly are the checks that the API server alone can decide.
var apiOnly = regexp.MustCompile(`/(the pod is still the same object|the kubelet said that the sandbox changed)$`)

func blindSpecs() {
	BeforeAll(func() { solve() })
	AfterEach(func() {
		By("passing again once everything can be seen")
		expectAllPassed(checkAgain(passed))
	})

	It("says Unknown of a paused worker, and which node it is", func() {
		docker("pause", worker)
		defer undo("unpause", worker)
		r := check(unknown)
		expectBlind(r, worker)
		Expect(r.ElapsedMs).To(BeNumerically("<", 60_000))
	})

	It("says Unknown of a worker without its runtime", func() {
		docker("exec", worker, "systemctl", "stop", "containerd")
		defer undo("exec", worker, "systemctl", "start", "containerd")
		r := check(unknown)
		expectBlind(r, worker)
		Expect(messages(r)).To(ContainSubstring("the runtime of node " + worker + " does not answer"))
	})

	It("says Unknown of a paused control plane, and that it is paused", func() {
		docker("pause", controlPlane)
		defer undo("unpause", controlPlane)
		s := start(onShared("check", "lab-2")...).ends(unknown, runWithin)
		Expect(s.errors()).To(ContainSubstring("node " + controlPlane + " is paused"))
	})

	It("says Unknown when the API server is silent", func() {
		silenceServer()
		defer speakServer()
		expectNoAnswer(check(unknown))
	})

	It("says Unknown when the API server is stopped", func(ctx SpecContext) {
		const manifest, aside = "/etc/kubernetes/manifests/kube-apiserver.yaml", "/kube-apiserver.yaml"
		docker("exec", controlPlane, "mv", manifest, aside)
		defer undo("exec", controlPlane, "mv", aside, manifest)
		client := newClient()
		Eventually(client.Ready, runWithin).WithContext(ctx).ShouldNot(Succeed())
		expectNoAnswer(check(unknown))
	})
}

// silenceServer makes the API server hold still, its connections open.
func silenceServer() { docker("exec", controlPlane, "pkill", "-STOP", "kube-apiserver") }

// speakServer lets it go on.
func speakServer() { undo("exec", controlPlane, "pkill", "-CONT", "kube-apiserver") }

// expectNoAnswer expects that nothing is known, as the API server tells of no
// pod, and that this is said.
func expectNoAnswer(r *report.Report) {
	GinkgoHelper()
	Expect(r.Verdict).To(Equal(grade.Unknown))
	Expect(r.Score).To(BeZero())
	for _, c := range r.Checks {
		Expect(c.Verdict).To(Equal(grade.Unknown), c.ID)
		Expect(c.Message).To(ContainSubstring("API server"), c.ID)
	}
}

// expectBlind expects that nothing has failed, and that nothing has passed but
// what the API server alone can tell; and that the rest says which node could
// not be seen.
func expectBlind(r *report.Report, node string) {
	GinkgoHelper()
	Expect(r.Verdict).To(Equal(grade.Unknown))
	Expect(r.Score).To(BeZero())
	Expect(r.Checks).To(HaveLen(checksOfLab2()))
	for _, c := range r.Checks {
		if apiOnly.MatchString(c.ID) {
			Expect(c.Verdict).To(Equal(grade.Pass), c.ID)
			continue
		}
		Expect(c.Verdict).To(Equal(grade.Unknown), c.ID)
		Expect(c.Message).To(ContainSubstring(node), c.ID)
	}
}

func messages(r *report.Report) string {
	all := ""
	for _, c := range r.Checks {
		all += c.Message + "\n"
	}
	return all
}
