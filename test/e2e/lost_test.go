package e2e_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func lostSpecs() {
	It("reports Unknown when the worker disappears during a run", func() {
		s := runUntilSetUp(nil)
		docker("rm", "--force", "--volumes", worker)
		r := s.ends(unknown, 2*runTimeout).report()
		expectNothingFailed(r)
		AddReportEntry("run without its worker", phases(r))
	})

	It("reports Unknown and names the worker that is gone", func() {
		// The interrupted run did not set up the whole lab, so check a single task.
		s := start(onShared("check", "lab-2", "kill-pause/kill", "--output", "json")...).ends(unknown, runTimeout)
		Expect(string(s.Out.Contents()) + s.errors()).To(ContainSubstring(worker))
	})

	It("refuses to use the incomplete cluster", func() {
		s := start(onShared("up")...).ends(unknown, runTimeout)
		Expect(s.errors()).To(ContainSubstring("cluster " + clusterName + " can't be used: it is incomplete"))
		Expect(s.errors()).To(ContainSubstring("--recreate"))
	})

	It("creates the cluster again with --recreate, and reports Unknown when all nodes disappear", func() {
		s := runUntilSetUp(nil, "--recreate")
		docker("rm", "--force", "--volumes", worker, controlPlane)
		r := s.ends(unknown, 2*runTimeout).report()
		expectNothingFailed(r)
		AddReportEntry("run without its cluster", phases(r))
	})

	It("deletes nothing when nothing is left, twice", func() {
		for range 2 {
			s := start("down", "--name", clusterName).ends(passed, runTimeout)
			Expect(s.errors()).To(ContainSubstring("There is no cluster " + clusterName))
			Expect(leftOf(clusterName)).To(BeEmpty())
		}
	})
}
