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

// interruptedWithin is how long an interrupted podlab may take to put back what
// it has half made: an engine takes seconds to remove two busy nodes.
const interruptedWithin = time.Minute

// soon is how often is looked for what must be met in the middle.
const soon = 20 * time.Millisecond

func interruptSpecs() {
	leaveOthersAlone()

	DescribeTable("while it makes a cluster, leaves nothing",
		func(before string) {
			dir, _ := ownContent()
			s := start(onOwn("up", dir)...)
			Eventually(s.Err, runWithin).Should(gbytes.Say(before))
			volumes := volumesOf(own)
			s.Interrupt()
			s.ends(interrupted, interruptedWithin)
			Expect(s.errors()).To(ContainSubstring("podlab: interrupted"))
			expectNothingLeft(own, volumes)
		},
		Entry("and the nodes are just being made", "✓ Ensuring node image"),
		Entry("and the control plane starts", "✓ Writing configuration"),
		Entry("and the worker joins", "✓ Installing StorageClass"),
	)

	It("while it tries the engine, leaves nothing", func() {
		events, err := gexec.Start(host.Command(context.Background(), "events",
			"--filter", "type=container", "--filter", "event=create", "--format", "{{.Actor.Attributes.name}}"), nil, GinkgoWriter)
		Expect(err).NotTo(HaveOccurred())
		DeferCleanup(func() { events.Kill().Wait() })
		dir, _ := ownContent()
		s := podlabWith([]string{"PODLAB_STATE_DIR=" + GinkgoT().TempDir()}, onOwn("up", dir)...)
		Eventually(events.Out, runWithin).Should(gbytes.Say("podlab-proof-"))
		s.Interrupt()
		s.ends(interrupted, interruptedWithin)
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
		putBack := func(ctx context.Context) {
			GinkgoHelper()
			Eventually(podsIn(ctx, "kill-pause"), runWithin).Should(BeZero())
			Expect(startFile()).NotTo(BeAnExistingFile())
			s := start(onShared("check", "lab-2")...).ends(unknown, runWithin)
			Expect(s.errors()).To(ContainSubstring("has not been started on this cluster"))
		}

		It("while it sets up, puts back what it has set up", func(ctx SpecContext) {
			Expect(os.RemoveAll(filepath.Dir(startFile()))).To(Succeed())
			Expect(client.Reset(ctx, "kill-pause")).To(Succeed())
			s := start(onShared("run", "lab-2")...)
			Eventually(podsIn(ctx, "kill-pause"), runWithin, soon).ShouldNot(BeZero())
			Expect(startFile()).NotTo(BeAnExistingFile())
			s.Interrupt()
			s.ends(interrupted, interruptedWithin)
			putBack(ctx)
		})

		It("while it waits for the kubelet, puts back too", func(ctx SpecContext) {
			s := untilItWaits(nil)
			s.Interrupt()
			s.ends(interrupted, interruptedWithin)
			Expect(s.Out.Contents()).To(BeEmpty())
			putBack(ctx)
		})

		It("while it checks, changes nothing", func() {
			solve()
			silenceServer() // which takes a while to believe
			DeferCleanup(speakServer)
			s := start(onShared("check", "lab-2")...)
			Consistently(s.Session, 2*time.Second).ShouldNot(gexec.Exit())
			s.Interrupt()
			s.ends(interrupted, 10*time.Second)
			speakServer()
			expectAllPassed(checkAgain(passed))
		})
	})

	It("twice, ends at once; what is left is known for podlab's own", func() {
		w := newWire()
		dir, _ := ownContent()
		s := podlabWith(w.env(), onOwn("up", dir)...)
		Eventually(s.Err, runWithin).Should(gbytes.Say("✓ Writing configuration"))
		w.deaf()
		s.Interrupt()
		Consistently(s.Session, 2*time.Second).ShouldNot(gexec.Exit())
		s.Interrupt()
		Eventually(s.Session, 5*time.Second).Should(gexec.Exit(interrupted))
		expectHalfMade(dir)
	})

	It("by SIGKILL, leaves what is known for podlab's own", func() {
		dir, _ := ownContent()
		s := start(onOwn("up", dir)...)
		Eventually(s.Err, runWithin).Should(gbytes.Say("✓ Writing configuration"))
		s.Kill().Wait(5 * time.Second)
		expectHalfMade(dir)
	})

	It("by an engine that is gone while it makes a cluster, says so", func() {
		w := newWire()
		dir, _ := ownContent()
		s := podlabWith(w.env(), onOwn("up", dir)...)
		Eventually(s.Err, runWithin).Should(gbytes.Say("✓ Writing configuration"))
		w.cut()
		s.ends(unknown, interruptedWithin)
		Expect(s.errors()).To(ContainSubstring("create cluster " + own))
		Expect(s.errors()).To(ContainSubstring("Cannot connect to the Docker daemon"))
		expectHalfMade(dir)
	})

	It("by an engine that is gone while it runs, says Unknown", func() {
		w := newWire()
		s := untilItWaits(w.env())
		w.cut()
		expectNothingFailed(s.ends(unknown, 2*runWithin).report())
		By("being no trouble to the next one")
		solve()
	})
}

// startFile is where podlab records that the setup of kill-pause has ended.
func startFile() string {
	return filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "starts", clusterName, "start", "kill-pause.json")
}

// untilItWaits runs the lab on the shared cluster until it has set up
// kill-pause, and so waits for the kubelet to make good what it kills.
func untilItWaits(env []string, args ...string) *session {
	GinkgoHelper()
	Expect(os.RemoveAll(startFile())).To(Succeed())
	s := podlabWith(env, onShared("run", append([]string{"lab-2", "--output", "json"}, args...)...)...)
	Eventually(startFile, runWithin, soon).Should(BeAnExistingFile())
	return s
}

// expectHalfMade expects the own cluster to be half made, and podlab to know it
// for its own: not used, not lost, and gone when told so.
func expectHalfMade(dir string) {
	GinkgoHelper()
	volumes := volumesOf(own)
	Expect(volumes).NotTo(BeEmpty())
	s := start(onOwn("up", dir)...).ends(unknown, runWithin)
	Expect(s.errors()).To(And(ContainSubstring("cluster "+own+" can't be used"), ContainSubstring("podlab down")))
	Expect(string(start("status", "--name", own).ends(unknown, runWithin).Out.Contents())).To(ContainSubstring("made by podlab"))
	start("down", "--name", own).ends(passed, runWithin)
	expectNothingLeft(own, volumes)
	s = start("down", "--name", own).ends(passed, runWithin)
	Expect(s.errors()).To(ContainSubstring("There is no cluster " + own))
}
