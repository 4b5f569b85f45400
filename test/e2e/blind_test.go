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

// The checks that need only the API server, and the checks that need only the node's
// kernel and files.
const (
	byAPI = `the pod is still the same object|the kubelet said that the sandbox changed|READY is 2 of 2|` +
		`with one container of two, the pod is not Ready|the API has no such pod`
	byKernel = `all of its processes are gone, pause with them|nothing is pinned where its network was`
)

func blindSpecs() {
	BeforeAll(func() { solve() })
	AfterEach(func() {
		By("passing again when everything can be observed")
		expectAllPassed(checkAgain(passed))
	})

	It("reports Unknown and names the node when the worker is paused", func() {
		docker("pause", worker)
		defer undo("unpause", worker)
		r := check(unknown)
		expectBlind(r, worker, byAPI)
		Expect(r.ElapsedMs).To(BeNumerically("<", 60_000))
	})

	It("reports Unknown when the worker's runtime is stopped", func() {
		docker("exec", worker, "systemctl", "stop", "containerd")
		defer undo("exec", worker, "systemctl", "start", "containerd")
		r := check(unknown)
		expectBlind(r, worker, byAPI+"|"+byKernel)
		Expect(messages(r)).To(ContainSubstring("the runtime of node " + worker + " does not answer"))
	})

	It("reports Unknown and the cause when the control plane is paused", func() {
		docker("pause", controlPlane)
		defer undo("unpause", controlPlane)
		s := start(onShared("check", "lab-2")...).ends(unknown, runTimeout)
		Expect(s.errors()).To(ContainSubstring("node " + controlPlane + " is paused"))
	})

	It("reports Unknown when the API server does not answer", func() {
		stopAPIServer()
		defer continueAPIServer()
		expectBlind(check(unknown), "API server", byKernel)
	})

	It("reports Unknown when the API server is not running", func(ctx SpecContext) {
		const manifest, aside = "/etc/kubernetes/manifests/kube-apiserver.yaml", "/kube-apiserver.yaml"
		docker("exec", controlPlane, "mv", manifest, aside)
		defer undo("exec", controlPlane, "mv", aside, manifest)
		client := shared.Kube
		Eventually(client.Ready, runTimeout).WithContext(ctx).ShouldNot(Succeed())
		expectBlind(check(unknown), "API server", byKernel)
	})
}

// stopAPIServer stops the API server with SIGSTOP, so that its connections stay open.
func stopAPIServer() { docker("exec", controlPlane, "pkill", "-STOP", "kube-apiserver") }

// continueAPIServer continues the stopped API server.
func continueAPIServer() { undo("exec", controlPlane, "pkill", "-CONT", "kube-apiserver") }

// expectBlind expects Pass for the checks whose names match decidable. It expects Unknown
// for all others, with a message that names the silent part.
func expectBlind(r *report.Report, silent, decidable string) {
	GinkgoHelper()
	decided := regexp.MustCompile("/(" + decidable + ")$")
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
