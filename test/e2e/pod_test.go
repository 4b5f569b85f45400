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

// podSpace is a kube namespace of these specs' own.
const podSpace = "e2e-pods"

func podSpecs() {
	var observer *observe.Observer

	// pod takes a picture and returns the pod in it.
	pod := func(ctx context.Context, name string) func() *world.Pod {
		return func() *world.Pod {
			w := observer.World(ctx, world.Scope{KubeNamespace: podSpace})
			if p := w.Pods[name]; p != nil {
				return p
			}
			return &world.Pod{Name: name} // of which nothing is known
		}
	}

	BeforeAll(func(ctx SpecContext) {
		client := shared.Kube
		Expect(client.EnsureNamespace(ctx, podSpace, nil)).To(Succeed())
		DeferCleanup(func(ctx SpecContext) { Expect(client.DeleteNamespace(ctx, podSpace)).To(Succeed()) })
		for _, path := range []string{"manifests/nginx-shell.yaml", "manifests/nginx-shell-shared.yaml"} {
			manifest, err := fs.ReadFile(podlab.Content, path)
			Expect(err).NotTo(HaveOccurred())
			err = client.Apply(ctx, podSpace, manifest)
			Expect(err).NotTo(HaveOccurred())
		}
		observer = shared.Observer
		observer.Follow(ctx)
		for _, name := range []string{"nginx", "nginx-shared"} {
			Eventually(pod(ctx, name), runWithin).Should(Hold("pod.running && pod.settled && pod.ready"))
		}
	})

	It("sees what the containers share with their pause", func(ctx SpecContext) {
		own, joint := pod(ctx, "nginx")(), pod(ctx, "nginx-shared")()
		Expect(own).To(ShareWithPause("net", "uts", "ipc"))
		Expect(own).NotTo(ShareWithPause("pid"))
		Expect(own).NotTo(ShareWithPause("mnt"))
		Expect(joint).To(ShareWithPause("net", "uts", "ipc", "pid"))
		Expect(own).To(Hold(`pod.containers.all(name, c, c.pid1.pid == c.pid)`))
		Expect(joint).To(Hold(`pod.containers.all(name, c, c.pid1.pid == pod.sandbox.pid)`))
	})

	It("tells what it can't know from what is not so", func() {
		matched, err := Hold("pod.sandbox.attempt == 0").Match(&world.Pod{Name: "nowhere"})
		Expect(matched).To(BeFalse())
		Expect(err).To(MatchError(ContainSubstring("nobody can tell")))
	})

	It("prints the matrix", func() {
		text := string(start("inspect", "nginx-shared", "-n", podSpace, "--name", clusterName).ends(passed, runWithin).Out.Contents())
		Expect(text).To(MatchRegexp(`(?m)^CONTAINER +PID +INSIDE +COMMAND +CGROUP +IPC +MNT +NET +PID +TIME +USER +UTS$`))
		Expect(text).To(MatchRegexp(`(?m)^\(pause\) +\d+ +1 .* pause +pause +pause +pause `))
		Expect(text).To(MatchRegexp(`(?m)^nginx +\d+ +\d+ +nginx: master .* pause +private +pause +pause +node +node +pause$`))
	})

	It("prints it for programs", func() {
		var found anatomy.Anatomy
		s := start("inspect", "nginx", "-n", podSpace, "--name", clusterName, "--output", "json").ends(passed, runWithin)
		Expect(json.Unmarshal(s.Out.Contents(), &found)).To(Succeed())
		Expect(found.Pod.Name).To(Equal("nginx"))
		Expect(len(found.Rows)).To(BeNumerically(">=", 4), "pause, shell, nginx and a worker of its")
	})

	It("has the timeline of a killed pause", func(ctx SpecContext) {
		before := pod(ctx, "nginx")()
		sent, err := observer.Signal(ctx, before.Node, before.Sandbox.Process, syscall.SIGKILL)
		Expect(err).NotTo(HaveOccurred())
		Eventually(pod(ctx, "nginx"), runWithin).Should(Hold("pod.sandbox.attempt == 1 && pod.running && pod.settled && pod.ready"))
		after := pod(ctx, "nginx")()

		var told []*world.Moment
		for _, m := range after.Timeline {
			if m.SincePauseDied != nil {
				told = append(told, m)
			}
		}
		Expect(told).NotTo(BeEmpty())
		Expect(told[0]).To(gstruct.PointTo(gstruct.MatchFields(gstruct.IgnoreExtras, gstruct.Fields{
			"What": Equal("process-exited"), "Source": Equal("pidfd"), "ID": Equal(before.Sandbox.ID), "Container": BeEmpty(),
			"At": BeNumerically(">=", sent), "SincePauseDied": gstruct.PointTo(BeZero()),
		})))
		started := map[string]*world.Moment{}
		for i, m := range told {
			if i > 0 {
				Expect(m.At).To(BeNumerically(">=", told[i-1].At))
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

		By("having signalled that process, and no other that may come after it")
		_, err = observer.Signal(ctx, before.Node, before.Sandbox.Process, syscall.SIGKILL)
		Expect(err).To(HaveOccurred())
		Expect(pod(ctx, "nginx")()).To(Hold("pod.sandbox.attempt == 1"))
	})
}
