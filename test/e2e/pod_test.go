package e2e_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gstruct"

	"podlab"
	"podlab/internal/anatomy"
	"podlab/internal/observe"
	"podlab/internal/world"
	. "podlab/matchers"
)

// podNamespace is the kube namespace of these specs.
const podNamespace = "e2e-pods"

func podSpecs() {
	var observer *observe.Observer

	// pod returns a function that observes the pod.
	pod := func(ctx context.Context, name string) func() *world.Pod {
		return func() *world.Pod {
			w := observer.World(ctx, world.Scope{KubeNamespace: podNamespace})
			if p := w.Pods[name]; p != nil {
				return p
			}
			return &world.Pod{Name: name} // a pod without observed facts
		}
	}

	BeforeAll(func(ctx SpecContext) {
		client := shared.Kube
		Expect(client.EnsureNamespace(ctx, podNamespace, nil)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(client.DeleteNamespace(ctx, podNamespace)).To(Succeed()) })
		for _, path := range []string{"manifests/nginx-shell.yaml", "manifests/nginx-shell-shared.yaml"} {
			manifest, err := fs.ReadFile(podlab.Content, path)
			Expect(err).NotTo(HaveOccurred())
			err = client.Apply(ctx, podNamespace, manifest)
			Expect(err).NotTo(HaveOccurred())
		}
		observer = shared.Observer
		observer.Follow(ctx)
		for _, name := range []string{"nginx", "nginx-shared"} {
			Eventually(pod(ctx, name), runTimeout).Should(Hold("pod.running && pod.settled && pod.ready"))
		}
	})

	It("observes which namespaces the containers share with their pause", func(ctx SpecContext) {
		own, joint := pod(ctx, "nginx")(), pod(ctx, "nginx-shared")()
		Expect(own).To(ShareWithPause("net", "uts", "ipc"))
		Expect(own).NotTo(ShareWithPause("pid"))
		Expect(own).NotTo(ShareWithPause("mnt"))
		Expect(joint).To(ShareWithPause("net", "uts", "ipc", "pid"))
		Expect(own).To(Hold(`pod.containers.all(name, c, c.pid1.pid == c.pid)`))
		Expect(joint).To(Hold(`pod.containers.all(name, c, c.pid1.pid == pod.sandbox.pid)`))
	})

	It("distinguishes a missing fact from a false statement", func() {
		matched, err := Hold("pod.sandbox.attempt == 0").Match(&world.Pod{Name: "nowhere"})
		Expect(matched).To(BeFalse())
		Expect(err).To(MatchError(ContainSubstring("cannot tell")))
	})

	It("prints the anatomy as text", func() {
		text := string(start("inspect", "nginx-shared", "-n", podNamespace, "--name", clusterName).ends(passed, runTimeout).Out.Contents())
		Expect(text).To(MatchRegexp(`(?m)^CONTAINER +PID +INSIDE +COMMAND +CGROUP +IPC +MNT +NET +PID +TIME +USER +UTS$`))
		Expect(text).To(MatchRegexp(`(?m)^\(pause\) +\d+ +1 .* pause +pause +pause +pause `))
		Expect(text).To(MatchRegexp(`(?m)^nginx +\d+ +\d+ +nginx: master .* pause +private +pause +pause +node +node +pause$`))
	})

	It("prints the anatomy as JSON", func() {
		var found anatomy.Anatomy
		s := start("inspect", "nginx", "-n", podNamespace, "--name", clusterName, "--output", "json").ends(passed, runTimeout)
		Expect(json.Unmarshal(s.Out.Contents(), &found)).To(Succeed())
		Expect(found.Pod.Name).To(Equal("nginx"))
		Expect(len(found.Rows)).To(BeNumerically(">=", 4), "pause, shell, nginx and an nginx worker")
	})

	It("records the timeline after pause is killed", func(ctx SpecContext) {
		before := pod(ctx, "nginx")()
		sent, err := observer.Signal(ctx, before.Node, before.Sandbox.Process, syscall.SIGKILL)
		Expect(err).NotTo(HaveOccurred())
		Eventually(pod(ctx, "nginx"), runTimeout).Should(Hold("pod.sandbox.attempt == 1 && pod.running && pod.settled && pod.ready"))
		after := pod(ctx, "nginx")()

		var moments []*world.Moment
		for _, m := range after.Timeline {
			if m.SincePauseDied != nil {
				moments = append(moments, m)
			}
		}
		Expect(moments).NotTo(BeEmpty())
		Expect(moments[0]).To(gstruct.PointTo(gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{
			"What": Equal("process-exited"), "Source": Equal("pidfd"), "ID": Equal(before.Sandbox.ID), "Container": BeEmpty(),
			"At": BeNumerically(">=", sent), "SincePauseDied": gstruct.PointTo(BeZero()),
		})))
		started := map[string]*world.Moment{}
		for i, m := range moments {
			if i > 0 {
				Expect(m.At).To(BeNumerically(">=", moments[i-1].At))
			}
			if m.What == "container-started" {
				started[m.Container] = m
			}
		}
		for name, c := range after.Containers {
			Expect(started).To(HaveKey(name))
			Expect(started[name].ID).To(Equal(c.ID))
			Expect(*started[name].SincePauseDied).To(BeNumerically(">", 0))
			Expect(started[name].Source).To(Equal("cri"))
		}

		By("refusing to signal a process that replaced the observed one")
		_, err = observer.Signal(ctx, before.Node, before.Sandbox.Process, syscall.SIGKILL)
		Expect(err).To(HaveOccurred())
		Expect(pod(ctx, "nginx")()).To(Hold("pod.sandbox.attempt == 1"))
	})
}
