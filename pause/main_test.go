//go:build linux

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// enterEnv makes the test binary a helper that runs its arguments in the PID
// namespace of the process which it names.
const enterEnv = "PAUSE_TEST_ENTER"

func TestMain(m *testing.M) {
	if pid := os.Getenv(enterEnv); pid != "" {
		if err := enter(pid, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// enter joins the PID namespace of pid and runs argv in it.
func enter(pid string, argv []string) error {
	// setns(CLONE_NEWPID) counts for this thread's later children only.
	runtime.LockOSThread()
	ns, err := os.Open(filepath.Join("/proc", pid, "ns/pid"))
	if err != nil {
		return err
	}
	defer ns.Close()
	if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWPID); err != nil {
		return os.NewSyscallError("setns", err)
	}
	return exec.Command(argv[0], argv[1:]...).Run()
}

// process is a pause that was started as PID 1 of a PID namespace.
type process struct {
	*exec.Cmd
	stderr bytes.Buffer
}

func start(t *testing.T) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), build(t))}
	p.Stderr = &p.stderr
	p.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWPID}
	err := p.Start()
	if errors.Is(err, unix.EPERM) {
		t.Skip("this user may not make a PID namespace")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill(); _ = p.Wait() })
	p.ready(t)
	return p
}

func build(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "pause")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-X main.version=1.2.3", "-o", exe, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return exe
}

// ready waits until pause has its handlers. Until then a signal ends it as it
// ends any Go program. From outside, the first sign is that it reaps.
func (p *process) ready(t *testing.T) {
	t.Helper()
	p.adopt(t, 1, ":")
	until(t, "pause to reap", func() bool { return len(p.children(t)) == 0 })
}

// adopt gives pause that many children, which have lost their own parent.
func (p *process) adopt(t *testing.T, n int, command string) {
	t.Helper()
	script := fmt.Sprintf("for i in $(seq %d); do %s & done", n, command)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "sh", "-c", script)
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", enterEnv, p.Process.Pid))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make orphans: %v\n%s", err, out)
	}
}

func (p *process) children(t *testing.T) []string {
	t.Helper()
	var all []string
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", p.Process.Pid))
	if err != nil || len(tasks) == 0 {
		t.Fatalf("pause is gone: %s", p.stderr.String())
	}
	for _, task := range tasks {
		data, err := os.ReadFile(task)
		if err != nil {
			continue // a thread that ended
		}
		all = append(all, strings.Fields(string(data))...)
	}
	return all
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	// The kernel has no event for what these tests look at in /proc.
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("wait for %s: %v", what, ctx.Err())
		case <-tick.C:
		}
	}
}

func TestOrphansAreReaped(t *testing.T) {
	p := start(t)
	// Each sleep loses its parent at once and then dies at the same time as
	// the others, so that their SIGCHLDs merge.
	const orphans = 50
	p.adopt(t, orphans, "sleep 1000")
	var adopted []string
	until(t, "pause to adopt the orphans", func() bool {
		adopted = p.children(t)
		return len(adopted) == orphans
	})
	kill := exec.CommandContext(t.Context(), "kill", append([]string{"-KILL"}, adopted...)...)
	if out, err := kill.CombinedOutput(); err != nil {
		t.Fatalf("kill orphans: %v\n%s", err, out)
	}
	until(t, "pause to reap them", func() bool { return len(p.children(t)) == 0 })
}

func TestSignalsThatEndIt(t *testing.T) {
	for _, s := range []unix.Signal{unix.SIGTERM, unix.SIGINT} {
		t.Run(unix.SignalName(s), func(t *testing.T) {
			p := start(t)
			if err := p.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			if err := p.Wait(); err != nil {
				t.Errorf("ended with %v, want status 0", err)
			}
			if want := "got signal: " + s.String(); !strings.Contains(p.stderr.String(), want) {
				t.Errorf("said %q, want %q in it", p.stderr.String(), want)
			}
		})
	}
}

func TestOtherSignalsDoNotEndIt(t *testing.T) {
	p := start(t)
	for _, s := range []unix.Signal{unix.SIGCHLD, unix.SIGHUP, unix.SIGQUIT, unix.SIGABRT, unix.SIGUSR1, unix.SIGPIPE} {
		if err := p.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	// It takes signals in the order of their numbers; one more round shows that
	// it is still there to take SIGTERM.
	p.adopt(t, 1, ":")
	until(t, "pause to reap", func() bool { return len(p.children(t)) == 0 })
	if err := p.Process.Signal(unix.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.Wait(); err != nil || !strings.Contains(p.stderr.String(), "terminated") {
		t.Errorf("ended with %v, saying %q; want status 0 by SIGTERM", err, p.stderr.String())
	}
}

func TestVersion(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), build(t), "-v").CombinedOutput()
	if err != nil || string(out) != "pause 1.2.3\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

func TestWarnsWhenNotTheFirstProcess(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), build(t))
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line := make([]byte, 64)
	n, err := stderr.Read(line)
	if err != nil || !strings.HasPrefix(string(line[:n]), "Warning:") {
		t.Errorf("got %q, %v; want a warning", line[:n], err)
	}
}
