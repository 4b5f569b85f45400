package e2e_test

import (
	"os"
	"path/filepath"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"podlab/internal/grade"
)

func lostSpecs() {
	started := func() string {
		return filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "starts", clusterName, "start", "kill-pause.json")
	}

	It("says Unknown when the worker goes in the middle of a run", func() {
		Expect(os.RemoveAll(started())).To(Succeed())
		s := start(onShared("run", "lab-2", "--output", "json")...)
		Eventually(started, runWithin, 20*time.Millisecond).Should(BeAnExistingFile())
		docker("rm", "--force", "--volumes", worker)
		r := s.ends(unknown, 2*runWithin).report()
		Expect(r.Verdict).To(Equal(grade.Unknown))
		for _, c := range r.Checks {
			Expect(c.Verdict).NotTo(Equal(grade.Fail), c.ID)
		}
	})

	It("says Unknown of a worker that is gone, and which", func() {
		s := start(onShared("check", "lab-2", "--output", "json")...).ends(unknown, runWithin)
		Expect(string(s.Out.Contents()) + s.errors()).To(ContainSubstring(worker))
	})

	It("does not use what is left", func() {
		s := start(onShared("up")...).ends(unknown, runWithin)
		Expect(s.errors()).To(ContainSubstring("cluster " + clusterName + " can't be used: it is half made"))
		Expect(s.errors()).To(ContainSubstring("--recreate"))
	})

	It("makes it anew when told so, and says Unknown when that goes in the middle", func() {
		Expect(os.RemoveAll(started())).To(Succeed())
		s := start(onShared("run", "lab-2", "--recreate", "--output", "json")...)
		Eventually(started, runWithin, 20*time.Millisecond).Should(BeAnExistingFile())
		docker("rm", "--force", "--volumes", worker, controlPlane)
		r := s.ends(unknown, 2*runWithin).report()
		for _, c := range r.Checks {
			Expect(c.Verdict).NotTo(Equal(grade.Fail), c.ID)
		}
	})

	It("has nothing left to remove, twice", func() {
		for range 2 {
			s := start("down", "--name", clusterName).ends(passed, runWithin)
			Expect(s.errors()).To(ContainSubstring("There is no cluster " + clusterName))
			Expect(leftOf(clusterName)).To(BeEmpty())
		}
	})
}
