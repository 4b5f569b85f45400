package e2e_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"podlab/internal/progress"
	"podlab/internal/report"
	"podlab/internal/runner"
)

// newRunner returns a runner for the shared cluster with its own directory for records.
func newRunner() *runner.Runner {
	GinkgoHelper()
	r, err := shared.Runner(content, os.DirFS(contentDir), progress.New(GinkgoWriter, false))
	Expect(err).NotTo(HaveOccurred())
	r.Dir = GinkgoT().TempDir()
	return r
}

// taskOf returns the ID of the task that a check belongs to.
func taskOf(check string) string {
	parts := strings.SplitN(check, "/", 3)
	return strings.Join(parts[:2], "/")
}

// phases summarizes the phases of a report.
func phases(r *report.Report) string {
	lines := make([]string, len(r.Phases))
	for i, p := range r.Phases {
		lines[i] = fmt.Sprintf("%s %d ms", p.Name, p.ElapsedMs)
		if p.WaitedMs > 0 {
			lines[i] += fmt.Sprintf(" (waiting %d)", p.WaitedMs)
		}
	}
	return fmt.Sprintf("%d ms: %s", r.ElapsedMs, strings.Join(lines, ", "))
}

// keepLogs saves the nodes' logs after a failed spec.
func keepLogs(ctx SpecContext) {
	if !CurrentSpecReport().Failed() {
		return
	}
	dir, err := os.MkdirTemp("", "podlab-e2e-logs-")
	Expect(err).NotTo(HaveOccurred())
	for name, command := range map[string][]string{
		"journal": {"journalctl", "--no-pager", "--lines=20000"},
		"pods":    {"crictl", "pods"},
		"ps":      {"crictl", "ps", "--all"},
		"logs":    {"sh", "-c", "tail -n 200 /var/log/pods/*/*/*.log"},
	} {
		for _, n := range shared.Nodes {
			// The node may be gone, so save the error instead of failing.
			out, err := host.Output(ctx, append([]string{"exec", n.Name}, command...)...)
			if err != nil {
				out = fmt.Appendf(out, "\n%v\n", err)
			}
			Expect(os.WriteFile(filepath.Join(dir, n.Name+"."+name), out, 0o600)).To(Succeed())
		}
	}
	AddReportEntry("logs of the nodes", dir)
}
