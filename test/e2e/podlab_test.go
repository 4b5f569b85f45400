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

// The exit codes that the README documents.
const (
	passed      = 0
	failed      = 1
	usage       = 2
	unknown     = 3
	interrupted = 130
)

// A session is a running podlab.
type session struct {
	*gexec.Session
	// tmp is its own directory for temporary files.
	tmp string
}

// command returns a podlab command with env added to its environment and its own
// directory for temporary files.
func command(env []string, args ...string) *exec.Cmd {
	GinkgoHelper()
	cmd := exec.Command(binary, args...)
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "LANG=") || strings.HasPrefix(v, "LC_")
	}), "LANG=C.UTF-8", "TMPDIR="+GinkgoT().TempDir())
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// begin starts a podlab command.
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

// podlabWith starts podlab with env added to its environment.
func podlabWith(env []string, args ...string) *session {
	GinkgoHelper()
	return begin(command(env, args...))
}

// start starts podlab.
func start(args ...string) *session {
	GinkgoHelper()
	return podlabWith(nil, args...)
}

// ends waits until podlab has ended, and expects that exit code, no temporary files and
// no running child processes.
func (s *session) ends(code int, timeout time.Duration) *session {
	GinkgoHelper()
	Eventually(s.Session, timeout).Should(gexec.Exit(code), s.output)
	left, err := filepath.Glob(filepath.Join(s.tmp, "*"))
	Expect(err).NotTo(HaveOccurred())
	Expect(left).To(BeEmpty(), "podlab left temporary files")
	Eventually(s.children, 5*time.Second).Should(BeEmpty(), "commands that podlab started still run")
	return s
}

// children returns the command lines of the processes that podlab started. Their
// environment contains podlab's directory for temporary files.
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

// errors returns what podlab wrote to stderr.
func (s *session) errors() string { return string(s.Err.Contents()) }

// output returns stderr and stdout. For a report, it returns only the checks that did
// not pass.
func (s *session) output() string {
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

// onShared returns the arguments for a command on the shared cluster with the suite's
// labs.
func onShared(name string, args ...string) []string {
	return append([]string{name, "--name", clusterName, "--content", contentDir}, args...)
}

// check grades the current state of the lab.
func check(code int) *report.Report {
	GinkgoHelper()
	return start(onShared("check", "lab-2", "--output", "json")...).ends(code, runTimeout).report()
}

// checkAgain grades the lab until podlab ends with that exit code, because a cluster
// takes time to recover.
func checkAgain(code int) *report.Report {
	GinkgoHelper()
	var r *report.Report
	Eventually(func(g Gomega) {
		s := start(onShared("check", "lab-2", "--output", "json")...)
		g.Eventually(s.Session, runTimeout).Should(gexec.Exit())
		g.Expect(s.ExitCode()).To(Equal(code), s.output)
		r = s.report()
	}, recoverTimeout, 5*time.Second).Should(Succeed())
	return r
}

// solve runs the lab with its reference solution.
func solve() *report.Report {
	GinkgoHelper()
	r := start(onShared("run", "lab-2", "--output", "json")...).ends(passed, runTimeout).report()
	expectAllPassed(r)
	return r
}

// undo runs a command of the engine as a clean-up. It ignores errors, because the spec
// may already have cleaned up.
func undo(args ...string) { _, _ = host.Output(context.Background(), args...) }

// docker runs a command of the engine.
func docker(args ...string) string {
	GinkgoHelper()
	out, err := host.Output(context.Background(), args...) // clean-ups run without a spec's context
	Expect(err).NotTo(HaveOccurred())
	return strings.TrimSpace(string(out))
}
