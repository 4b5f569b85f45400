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

// An Actor is a process in its role.
type Actor struct {
	PID int
	// Said is its first line.
	Said   string
	stdin  io.WriteCloser
	stdout *bufio.Reader
	cmd    *exec.Cmd
}

// Isolated are the namespaces that an actor can be alone in.
const Isolated = unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWNS

// Start starts an actor in new namespaces of the kinds in flags and waits until
// it is ready. It ends with the test, which is skipped where namespaces may
// not be made.
func Start(t testing.TB, flags uintptr, words ...string) *Actor {
	t.Helper()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(cmd.Environ(), role+"="+strings.Join(words, " "))
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	err := cmd.Start()
	if errors.Is(err, unix.EPERM) && flags != 0 {
		t.Skipf("namespaces may not be made here: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	a := &Actor{PID: cmd.Process.Pid, stdin: stdin, stdout: bufio.NewReader(stdout), cmd: cmd}
	t.Cleanup(a.End)
	a.Said = a.hear(t)
	return a
}

// Tell says a line to the actor and returns what it answers.
func (a *Actor) Tell(t testing.TB, line string) string {
	t.Helper()
	if _, err := io.WriteString(a.stdin, line+"\n"); err != nil {
		t.Fatal(err)
	}
	return a.hear(t)
}

func (a *Actor) hear(t testing.TB) string {
	t.Helper()
	line, err := a.stdout.ReadString('\n')
	if err != nil || strings.HasPrefix(line, "error: ") {
		t.Fatalf("the actor said %q: %v", line, err)
	}
	return strings.TrimSuffix(line, "\n")
}

// End lets the actor end and reaps it.
func (a *Actor) End() {
	_ = a.stdin.Close()
	_ = a.cmd.Wait()
}

// Kill kills the actor and reaps it.
func (a *Actor) Kill() {
	_ = a.cmd.Process.Kill()
	_ = a.cmd.Wait()
}
