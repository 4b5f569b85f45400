package e2e_test

import (
	"bytes"
	"context"
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

// command is podlab as it will be started, with these variables in its
// environment and a directory of its own for temporary files.
func command(env []string, args ...string) *exec.Cmd {
	GinkgoHelper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "LANG=") || strings.HasPrefix(v, "LC_")
	}), "LANG=C.UTF-8", "TMPDIR="+GinkgoT().TempDir())
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// begin starts it.
func begin(cmd *exec.Cmd) *session {
	GinkgoHelper()
	GinkgoWriter.Printf("$ podlab %s\n", strings.Join(cmd.Args[1:], " "))
	s, err := gexec.Start(cmd, nil, GinkgoWriter)
	Expect(err).NotTo(HaveOccurred())
	DeferCleanup(func() { s.Kill().Wait(10 * time.Second) })
	all := cmd.Environ()
	i := slices.IndexFunc(all, func(v string) bool { return strings.HasPrefix(v, "TMPDIR=") })
	return &session{s, strings.TrimPrefix(all[i], "TMPDIR=")}
}

// podlabWith starts podlab with these variables in its environment.
func podlabWith(env []string, args ...string) *session {
	GinkgoHelper()
	return begin(command(env, args...))
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
	Eventually(s.Session, within).Should(gexec.Exit(code), s.said)
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

// said is what podlab has said in all; of a report, what did not pass.
func (s *session) said() string {
	r := &report.Report{}
	if json.Unmarshal(s.Out.Contents(), r) != nil {
		return s.errors() + string(s.Out.Contents())
	}
	lines := []string{s.errors()}
	for id, why := range notPassed(r) {
		lines = append(lines, id+": "+why)
	}
	return strings.Join(lines, "\n")
}

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
		g.Expect(s.ExitCode()).To(Equal(code), s.said)
		r = s.report()
	}, recoverWithin, 5*time.Second).Should(Succeed())
	return r
}

// solve runs the lab with its reference solution.
func solve() *report.Report {
	GinkgoHelper()
	r := start(onShared("run", "lab-2", "--output", "json")...).ends(passed, runWithin).report()
	expectAllPassed(r)
	return r
}

// undo is a clean-up which does no harm when a spec has done it already.
func undo(args ...string) { _, _ = host.Output(context.Background(), args...) }

// docker runs a command of the engine's.
func docker(args ...string) string {
	GinkgoHelper()
	out, err := host.Output(context.Background(), args...) // clean-ups have no other
	Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(out))
}
