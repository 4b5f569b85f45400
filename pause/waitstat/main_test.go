//go:build linux

package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// All tests of ./pause/... must accept this flag.
var _ = flag.String("pause", "", "only for the tests of podlab/pause")

func TestMain(m *testing.M) {
	const again = "WAITSTAT_TEST"
	if os.Getenv(again) != "" || os.Getenv(childEnv) != "" {
		main()
		return
	}
	os.Setenv(again, "yes")
	// Children inherit ignored signals. Notify ends that for these two.
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGQUIT)
	os.Exit(m.Run())
}

// watch starts waitstat. next returns the next line without the child's PID.
func watch(t *testing.T, argv ...string) (cmd *exec.Cmd, pid int, next func() string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd = exec.CommandContext(ctx, os.Args[0], argv...)
	// SIGTSTP does not stop a process in an orphaned process group, as under some
	// CI systems. A new group has its parent outside.
	cmd.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	next = func() string {
		lines.Scan()
		var at int
		if _, err := fmt.Sscanf(lines.Text(), "pid=%d ", &at); err != nil || pid != 0 && at != pid {
			return lines.Text()
		}
		pid = at
		return strings.TrimPrefix(lines.Text(), fmt.Sprintf("pid=%d ", pid))
	}
	if got := next(); got != "started" {
		t.Fatalf("first line %q, want started", got)
	}
	return cmd, pid, next
}

func TestChanges(t *testing.T) {
	cmd, pid, next := watch(t)
	for _, c := range []struct {
		send unix.Signal
		want string
	}{
		{unix.SIGSTOP, "stopped by SIGSTOP"},
		{unix.SIGCONT, "continued"},
		{unix.SIGTSTP, "stopped by SIGTSTP"},
		{unix.SIGCONT, "continued"},
		{unix.SIGKILL, "killed by SIGKILL"},
	} {
		if err := unix.Kill(pid, c.send); err != nil {
			t.Fatal(err)
		}
		if got := next(); got != c.want {
			t.Errorf("after %v: %q, want %q", c.send, got, c.want)
		}
	}
	if got := next(); got != "" {
		t.Errorf("unexpected line %q after the end", got)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}

func TestEnds(t *testing.T) {
	for script, want := range map[string]string{
		"exit 0":                             "^exited with status 0$",
		"exit 3":                             "^exited with status 3$",
		"ulimit -c 0; kill -SEGV $$":         `^killed by SIGSEGV$`,
		"kill -40 $$":                        "^killed by signal 40$",
		"ulimit -c unlimited; kill -QUIT $$": `^killed by SIGQUIT( \(core dumped\))?$`, // depends on the machine's core settings
	} {
		_, _, next := watch(t, "sh", "-c", "cd "+t.TempDir()+"; "+script)
		if got := next(); !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%s: %q, want %s", script, got, want)
		}
	}
}

func TestForwardsSignals(t *testing.T) {
	for _, s := range []unix.Signal{unix.SIGTERM, unix.SIGINT} {
		cmd, _, next := watch(t, "sleep", "infinity")
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if got, want := next(), "killed by "+unix.SignalName(s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestBadInput(t *testing.T) {
	for status, argv := range map[int][]string{2: {"-x"}, 1: {"no such command"}} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], argv...)
		out, _ := cmd.Output()
		if cmd.ProcessState.ExitCode() != status || len(out) > 0 {
			t.Errorf("%q: %v, %q", argv, cmd.ProcessState, out)
		}
	}
}
