package actor

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// An Actor is a process that plays a role.
type Actor struct {
	PID int
	// Ready is the line with which the actor reported that it was ready.
	Ready  string
	stdin  io.WriteCloser
	stdout *bufio.Reader
	cmd    *exec.Cmd
}

// Isolated makes an actor the only process in all these namespaces.
const Isolated = unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNS

// Start starts an actor in new namespaces of the types in flags and waits until
// it is ready. The actor stops with the test. Start skips the test if the test
// can't create namespaces.
func Start(t testing.TB, flags uintptr, words ...string) *Actor {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(cmd.Environ(), roleVariable+"="+strings.Join(words, " "))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	err := cmd.Start()
	if errors.Is(err, unix.EPERM) && flags != 0 {
		t.Skipf("can't create namespaces: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	a := &Actor{PID: cmd.Process.Pid, stdin: stdin, stdout: bufio.NewReader(stdout), cmd: cmd}
	t.Cleanup(a.Stop)
	a.Ready = a.readLine(t)
	return a
}

// Ask sends a line to the actor and returns its reply.
func (a *Actor) Ask(t testing.TB, line string) string {
	t.Helper()
	if _, err := io.WriteString(a.stdin, line+"\n"); err != nil {
		t.Fatal(err)
	}
	return a.readLine(t)
}

func (a *Actor) readLine(t testing.TB) string {
	t.Helper()
	line, err := a.stdout.ReadString('\n')
	if err != nil || strings.HasPrefix(line, "error: ") {
		t.Fatalf("the actor wrote %q: %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// Stop lets the actor exit and reaps it.
func (a *Actor) Stop() {
	_ = a.stdin.Close()
	_ = a.cmd.Wait()
}

// Kill kills the actor and reaps it.
func (a *Actor) Kill() {
	_ = a.cmd.Process.Kill()
	_ = a.cmd.Wait()
}
