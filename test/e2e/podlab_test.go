package e2e_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"podlab/internal/report"
)

// The exit codes, as the README lists them.
const (
	passed      = 0
	failed      = 1
	wrong       = 2
	unknown     = 3
	interrupted = 130
)

// A session is one podlab at work.
type session struct {
	*gexec.Session
	// tmp is its directory for temporary files: its alone.
	tmp string
}

// podlabWith starts podlab with these variables in its environment.
func podlabWith(env []string, args ...string) *session {
	GinkgoHelper()
	tmp := GinkgoT().TempDir()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "LANG=") || strings.HasPrefix(v, "LC_") || strings.HasPrefix(v, "TMPDIR=")
	}), "LANG=C.UTF-8", "TMPDIR="+tmp)
	cmd.Env = append(cmd.Env, env...)
	GinkgoWriter.Printf("$ podlab %s\n", strings.Join(args, " "))
	s, err := gexec.Start(cmd, GinkgoWriter, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { s.Kill().Wait(10 * time.Second) })
	return &session{s, tmp}
}

// start starts podlab.
func start(args ...string) *session {
	GinkgoHelper()
	return podlabWith(nil, args...)
}

// ends waits until podlab has ended with that code, and has cleaned up behind
// itself.
func (s *session) ends(code int, within time.Duration) *session {
	GinkgoHelper()
	Eventually(s.Session, within).Should(gexec.Exit(code))
	left, err := filepath.Glob(filepath.Join(s.tmp, "*"))
	Expect(err).NotTo(HaveOccurred())
	Expect(left).To(BeEmpty(), "temporary files are left")
	Eventually(s.children, 5*time.Second).Should(BeEmpty(), "commands that it started still run")
	return s
}

// children are the command lines of those that podlab has started: they have
// its directory for temporary files in their environment.
func (s *session) children() []string {
	mine := []byte("TMPDIR=" + s.tmp + "\x00")
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	var all []string
	for _, path := range environments {
		environment, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(append(environment, 0), mine) {
			continue
		}
		line, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err == nil && len(line) > 0 {
			all = append(all, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return all
}

// errors is what podlab has said on stderr.
func (s *session) errors() string { return string(s.Err.Contents()) }

// report reads a report from podlab's output.
func (s *session) report() *report.Report {
	GinkgoHelper()
	r := &report.Report{}
	d := json.NewDecoder(bytes.NewReader(s.Out.Contents()))
	d.DisallowUnknownFields()
	Expect(d.Decode(r)).To(Succeed())
	Expect(r.APIVersion).To(Equal(report.APIVersion))
	Expect(r.Kind).To(Equal("Report"))
	return r
}

// onShared is a verb about the shared cluster and the suite's labs.
func onShared(verb string, args ...string) []string {
	return append([]string{verb, "--name", clusterName, "--content", contentDir}, args...)
}

// check grades the lab as it stands.
func check(code int) *report.Report {
	GinkgoHelper()
	return start(onShared("check", "lab-2", "--output", "json")...).ends(code, runWithin).report()
}

// checkAgain grades the lab until it ends with that code: a cluster takes its
// time to recover.
func checkAgain(code int) *report.Report {
	GinkgoHelper()
	var r *report.Report
	Eventually(func(g Gomega) {
		s := start(onShared("check", "lab-2", "--output", "json")...)
		g.Eventually(s.Session, runWithin).Should(gexec.Exit())
		g.Expect(s.ExitCode()).To(Equal(code))
		r = s.report()
	}, recoverWithin, time.Second).Should(Succeed())
	return r
}

// docker runs a command of the engine's.
func docker(args ...string) string {
	GinkgoHelper()
	out, err := host.Output(GinkgoT().Context(), args...)
	Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(out))
}
