package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"github.com/onsi/gomega/gexec"

	"podlab/internal/kube"
)

// interruptTimeout bounds the clean-up of an interrupted podlab. An engine takes seconds
// to remove two busy nodes.
const interruptTimeout = time.Minute

// pollInterval is short enough to interrupt podlab in the middle of an operation.
const pollInterval = 20 * time.Millisecond

func interruptSpecs() {
	leaveOthersAlone()

	DescribeTable("while it creates a cluster, leaves nothing behind",
		func(before string) {
			dir, _ := ownContent()
			s := start(onOwn("up", dir)...)
			Eventually(s.Err, runTimeout).Should(gbytes.Say(before))
			volumes := volumesOf(own)
			s.Interrupt()
			s.ends(interrupted, interruptTimeout)
			Expect(s.errors()).To(ContainSubstring("podlab: interrupted"))
			expectNothingLeft(own, volumes)
		},
		Entry("before the nodes exist", "✓ Ensuring node image"),
		Entry("while the control plane starts", "✓ Writing configuration"),
		Entry("while the worker joins", "✓ Installing StorageClass"),
	)

	It("while it tests the engine, leaves nothing behind", func() {
		events, err := gexec.Start(host.Command(context.Background(), "events",
			"--filter", "type=container", "--filter", "event=create", "--format", "{{.Actor.Attributes.name}}"), nil, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { events.Kill().Wait() })
		dir, _ := ownContent()
		s := podlabWith([]string{"PODLAB_STATE_DIR=" + GinkgoT().TempDir()}, onOwn("up", dir)...)
		Eventually(events.Out, runTimeout).Should(gbytes.Say("podlab-proof-"))
		s.Interrupt()
		s.ends(interrupted, interruptTimeout)
		Expect(docker("ps", "--all", "--quiet", "--filter", "name=podlab-proof-")).To(BeEmpty())
		Expect(docker("images", "--quiet", "podlab.local/proof")).To(BeEmpty())
		Expect(leftOf(own)).To(BeEmpty())
	})

	Context("on a running cluster", func() {
		var client *kube.Client
		BeforeEach(func() { client = shared.Kube })
		podsIn := func(ctx context.Context, kubeNamespace string) func() (int, error) {
			return func() (int, error) {
				pods, err := client.Pods(ctx, kubeNamespace)
				return len(pods), err
			}
		}
		expectCleanedUp := func(ctx context.Context) {
			GinkgoHelper()
			Eventually(podsIn(ctx, "kill-pause"), runTimeout).Should(BeZero())
			Expect(startFile()).NotTo(BeAnExistingFile())
			s := start(onShared("check", "lab-2")...).ends(unknown, runTimeout)
			Expect(s.errors()).To(ContainSubstring("has not been started on this cluster"))
		}

		It("while it sets up a lab, removes the setup", func(ctx SpecContext) {
			Expect(os.RemoveAll(filepath.Dir(startFile()))).To(Succeed())
			Expect(client.Reset(ctx, "kill-pause")).To(Succeed())
			s := start(onShared("run", "lab-2")...)
			Eventually(podsIn(ctx, "kill-pause"), runTimeout, pollInterval).ShouldNot(BeZero())
			Expect(startFile()).NotTo(BeAnExistingFile())
			s.Interrupt()
			s.ends(interrupted, interruptTimeout)
			expectCleanedUp(ctx)
		})

		It("while it waits for the kubelet, removes the setup", func(ctx SpecContext) {
			s := runUntilSetUp(nil)
			s.Interrupt()
			s.ends(interrupted, interruptTimeout)
			Expect(s.Out.Contents()).To(BeEmpty())
			expectCleanedUp(ctx)
		})

		It("while it checks, changes nothing", func() {
			solve()
			stopAPIServer() // check needs some time to notice it
			DeferCleanup(continueAPIServer)
			s := start(onShared("check", "lab-2")...)
			Consistently(s.Session, 2*time.Second).ShouldNot(gexec.Exit())
			s.Interrupt()
			s.ends(interrupted, 10*time.Second)
			continueAPIServer()
			expectAllPassed(checkAgain(passed))
		})
	})

	It("twice, ends at once and recognizes the rest as its own", func() {
		p := newProxy()
		dir, _ := ownContent()
		s := podlabWith(p.env(), onOwn("up", dir)...)
		Eventually(s.Err, runTimeout).Should(gbytes.Say("✓ Writing configuration"))
		p.hang()
		s.Interrupt()
		Consistently(s.Session, 2*time.Second).ShouldNot(gexec.Exit())
		s.Interrupt()
		Eventually(s.Session, 5*time.Second).Should(gexec.Exit(interrupted))
		expectPartialCluster(dir)
	})

	It("by SIGKILL, recognizes the rest as its own", func() {
		dir, _ := ownContent()
		s := start(onOwn("up", dir)...)
		Eventually(s.Err, runTimeout).Should(gbytes.Say("✓ Writing configuration"))
		s.Kill().Wait(5 * time.Second)
		expectPartialCluster(dir)
	})

	It("by the loss of the engine while it creates a cluster, reports the cause", func() {
		p := newProxy()
		dir, _ := ownContent()
		s := podlabWith(p.env(), onOwn("up", dir)...)
		Eventually(s.Err, runTimeout).Should(gbytes.Say("✓ Writing configuration"))
		p.close()
		s.ends(unknown, interruptTimeout)
		Expect(s.errors()).To(ContainSubstring("create cluster " + own))
		Expect(s.errors()).To(ContainSubstring("Cannot connect to the Docker daemon"))
		expectPartialCluster(dir)
	})

	It("by the loss of the engine while it runs a lab, reports Unknown", func() {
		p := newProxy()
		s := runUntilSetUp(p.env())
		p.close()
		expectNothingFailed(s.ends(unknown, 2*runTimeout).report())
		By("leaving the cluster usable for the next run")
		solve()
	})
}

// startFile returns the file that podlab writes after the setup of kill-pause.
func startFile() string {
	return filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "starts", clusterName, "start", "kill-pause.json")
}

// runUntilSetUp runs the lab on the shared cluster until kill-pause is set up. podlab then
// kills pauses and waits for the kubelet to recover.
func runUntilSetUp(env []string, args ...string) *session {
	GinkgoHelper()
	Expect(os.RemoveAll(startFile())).To(Succeed())
	s := podlabWith(env, onShared("run", append([]string{"lab-2", "--output", "json"}, args...)...)...)
	Eventually(startFile, runTimeout, pollInterval).Should(BeAnExistingFile())
	return s
}

// expectPartialCluster expects that the specs' own cluster is incomplete, and that podlab
// refuses to use it, recognizes it as its own and deletes it on request.
func expectPartialCluster(dir string) {
	GinkgoHelper()
	volumes := volumesOf(own)
	Expect(volumes).NotTo(BeEmpty())
	s := start(onOwn("up", dir)...).ends(unknown, runTimeout)
	Expect(s.errors()).To(And(ContainSubstring("cluster "+own+" can't be used"), ContainSubstring("podlab down")))
	Expect(string(start("status", "--name", own).ends(unknown, runTimeout).Out.Contents())).To(ContainSubstring("created by podlab"))
	start("down", "--name", own).ends(passed, runTimeout)
	expectNothingLeft(own, volumes)
	s = start("down", "--name", own).ends(passed, runTimeout)
	Expect(s.errors()).To(ContainSubstring("There is no cluster " + own))
}
