package e2e_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func lostSpecs() {
	It("says Unknown when the worker goes in the middle of a run", func() {
		s := untilItWaits(nil)
		docker("rm", "--force", "--volumes", worker)
		r := s.ends(unknown, 2*runWithin).report()
		expectNothingFailed(r)
		AddReportEntry("run without its worker", phases(r))
	})

	It("says Unknown of a worker that is gone, and which", func() {
		// The run was not to set up all of the lab.
		s := start(onShared("check", "lab-2", "kill-pause/kill", "--output", "json")...).ends(unknown, runWithin)
		Expect(string(s.Out.Contents()) + s.errors()).To(ContainSubstring(worker))
	})

	It("does not use what is left", func() {
		s := start(onShared("up")...).ends(unknown, runWithin)
		Expect(s.errors()).To(ContainSubstring("cluster " + clusterName + " can't be used: it is incomplete"))
		Expect(s.errors()).To(ContainSubstring("--recreate"))
	})

	It("makes it anew when told so, and says Unknown when that goes in the middle", func() {
		s := untilItWaits(nil, "--recreate")
		docker("rm", "--force", "--volumes", worker, controlPlane)
		r := s.ends(unknown, 2*runWithin).report()
		expectNothingFailed(r)
		AddReportEntry("run without its cluster", phases(r))
	})

	It("has nothing left to remove, twice", func() {
		for range 2 {
			s := start("down", "--name", clusterName).ends(passed, runWithin)
			Expect(s.errors()).To(ContainSubstring("There is no cluster " + clusterName))
			Expect(leftOf(clusterName)).To(BeEmpty())
		}
	})
}
