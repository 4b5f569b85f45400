package e2e_test

import (
	"bytes"
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	ownimage "podlab/internal/image/own"
	"podlab/internal/report"
	"podlab/internal/verdict"
)

// reaped is the check that a pause without reaping must fail.
const reaped = "zombie-reaping/die/pause was the dead orphan's parent, and has reaped it"

func pauseSpecs() {
	leaveOthersAlone()

	It("refuses a pause image that does not exist before it creates anything", func() {
		dir, _ := ownContent()
		s := start(onOwn("up", dir, "--pause", "podlab.local/none:1")...).ends(unknown, runTimeout)
		Expect(s.errors()).To(ContainSubstring("does not have this image: run " + host.Provider + " pull podlab.local/none:1"))
		s = start(onOwn("up", dir, "--pause", "No!")...).ends(unknown, runTimeout)
		Expect(s.errors()).To(ContainSubstring("want pause, noreap, tiny or an image's name and tag"))
		Expect(leftOf(own)).To(BeEmpty())
	})

	It("that is tiny, passes every check", func() {
		r, _ := onPause("tiny")
		expectAllPassed(r)
		Expect(pauseOf(r)).To(ContainSubstring("S tiny"))
	})

	It("that does not reap, fails only the check for it", func() {
		r, dir := onPause("noreap")
		Expect(notPassed(r)).To(HaveLen(1))
		Expect(checkNamed(r, reaped).Verdict).To(Equal(verdict.Unknown), "the reference solution times out while it waits for the reaping")
		s := start(onOwn("check", dir, "zombie-reaping/die", "--output", "json")...).ends(failed, runTimeout)
		r = s.report()
		Expect(checkNamed(r, reaped).Verdict).To(Equal(verdict.Fail))
		Expect(pauseOf(r)).To(And(ContainSubstring("S noreap"), ContainSubstring("Z orphan")))
	})

	It("that is an image of the engine, runs in every sandbox", func(ctx SpecContext) {
		const other = "podlab.local/other-pause:1"
		mine, _, err := ownimage.Pause("pause", host.Arch)
		Expect(err).NotTo(HaveOccurred())
		changed, err := mutate.Config(mine.Image, v1.Config{Entrypoint: []string{"/usr/local/bin/pause"}, Labels: map[string]string{"whose": "mine"}})
		Expect(err).NotTo(HaveOccurred())
		var archive bytes.Buffer
		Expect((&ownimage.Image{Ref: other, Image: changed}).Save(&archive)).To(Succeed())
		Expect(host.Load(ctx, &archive)).To(Succeed())
		DeferCleanup(docker, "rmi", other)

		dir, _ := ownContent()
		start(onOwn("up", dir, "--pause", other)...).ends(passed, runTimeout)
		images := docker("exec", own+"-control-plane", "sh", "-c", "for pod in $(crictl pods -q); do crictl inspectp $pod | jq -r .info.image; done")
		Expect(strings.Fields(images)).To(And(Not(BeEmpty()), HaveEach(other)))
	})
}

// onPause runs the lab on a cluster whose sandboxes run the named pause.
func onPause(name string) (r *report.Report, dir string) {
	GinkgoHelper()
	dir, _ = ownContent()
	s := start(onOwn("run", dir, "--pause", name, "--output", "json")...)
	Eventually(s.Session, 2*runTimeout).Should(gexec.Exit())
	return s.report(), dir
}

// pauseOf returns the processes in the evidence of the check reaped.
func pauseOf(r *report.Report) string {
	GinkgoHelper()
	return fmt.Sprint(checkNamed(r, reaped).Evidence["now"])
}
