package e2e_test

import (
	"regexp"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"podlab/internal/report"
	"podlab/internal/verdict"
)

const (
	controlPlane = clusterName + "-control-plane"
	worker       = clusterName + "-worker"
)

// What can be decided by some alone: by the API server, and by the node's kernel
// and files.
const (
	byAPI = `the pod is still the same object|the kubelet said that the sandbox changed|READY is 2 of 2|` +
		`with one container of two, the pod is not Ready|the API has no such pod`
	byKernel = `all of its processes are gone, pause with them|nothing is pinned where its network was`
)

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
		expectBlind(r, worker, byAPI)
		Expect(r.ElapsedMs).To(BeNumerically("<", 60_000))
	})

	It("says Unknown of a worker without its runtime", func() {
		docker("exec", worker, "systemctl", "stop", "containerd")
		defer undo("exec", worker, "systemctl", "start", "containerd")
		r := check(unknown)
		expectBlind(r, worker, byAPI+"|"+byKernel)
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
		expectBlind(check(unknown), "API server", byKernel)
	})

	It("says Unknown when the API server is stopped", func(ctx SpecContext) {
		const manifest, aside = "/etc/kubernetes/manifests/kube-apiserver.yaml", "/kube-apiserver.yaml"
		docker("exec", controlPlane, "mv", manifest, aside)
		defer undo("exec", controlPlane, "mv", aside, manifest)
		client := shared.Kube
		Eventually(client.Ready, runWithin).WithContext(ctx).ShouldNot(Succeed())
		expectBlind(check(unknown), "API server", byKernel)
	})
}

// silenceServer makes the API server hold still, its connections open.
func silenceServer() { docker("exec", controlPlane, "pkill", "-STOP", "kube-apiserver") }

// speakServer lets it go on.
func speakServer() { undo("exec", controlPlane, "pkill", "-CONT", "kube-apiserver") }

// expectBlind expects that nothing has failed, and that nothing has passed but
// what known alone can tell; and that the rest says who could not be asked.
func expectBlind(r *report.Report, silent, known string) {
	GinkgoHelper()
	decided := regexp.MustCompile("/(" + known + ")$")
	Expect(r.Verdict).To(Equal(verdict.Unknown))
	Expect(r.Checks).To(HaveLen(checksOfLab2()))
	undecided := map[string]bool{}
	for _, c := range r.Checks {
		if decided.MatchString(c.ID) {
			Expect(c.Verdict).To(Equal(verdict.Pass), c.ID)
			continue
		}
		undecided[taskOf(c.ID)] = true
		Expect(c.Verdict).To(Equal(verdict.Unknown), c.ID)
		Expect(c.Message).To(ContainSubstring(silent), c.ID)
	}
	for _, t := range r.Tasks {
		if undecided[t.ID] {
			Expect(t.Points).To(BeZero(), t.ID)
		}
	}
}

func messages(r *report.Report) string {
	all := ""
	for _, c := range r.Checks {
		all += c.Message + "\n"
	}
	return all
}
