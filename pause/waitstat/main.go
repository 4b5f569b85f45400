//go:build linux

// Command waitstat runs a command and prints each change of its state, as
// waitpid tells its parent of it, until it has ended:
//
//	pid=12 started
//	pid=12 stopped by SIGSTOP
//	pid=12 continued
//	pid=12 exited with status 3
//
// or "killed by SIGKILL", with "(core dumped)" behind it if so. Without a command
// the child is waitstat itself, which waits to be killed. SIGINT and SIGTERM are
// passed on to the child. A change that another overtakes is not seen: who goes on
// and exits at once has only exited. The status is 0 whatever became of the child.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"runtime"

	"golang.org/x/sys/unix"
)

// childEnv makes waitstat the child that waits.
const childEnv = "PODLAB_WAITSTAT_CHILD"

func main() {
	if os.Getenv(childEnv) != "" {
		for {
			_, _ = unix.Poll(nil, -1) // until a signal ends it
		}
	}
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: waitstat [COMMAND [ARGUMENT...]]")
	}
	flag.Parse()
	if err := run(flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "waitstat:", err)
		os.Exit(1)
	}
}

func run(argv []string) error {
	ctx := context.Background()
	runtime.LockOSThread() // the child dies with the thread that started it
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self)
	if len(argv) > 0 {
		cmd = exec.CommandContext(ctx, argv[0], argv[1:]...)
	} else {
		cmd.Env = append(os.Environ(), childEnv+"=yes")
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &unix.SysProcAttr{Pdeathsig: unix.SIGKILL}
	passOn := make(chan os.Signal, 2)
	signal.Notify(passOn, unix.SIGINT, unix.SIGTERM)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		for s := range passOn {
			_ = cmd.Process.Signal(s) // it may have ended
		}
	}()
	pid := cmd.Process.Pid
	fmt.Printf("pid=%d started\n", pid)
	for {
		var status unix.WaitStatus
		_, err := unix.Wait4(pid, &status, unix.WUNTRACED|unix.WCONTINUED, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return os.NewSyscallError("wait4", err)
		}
		fmt.Printf("pid=%d %s\n", pid, describe(status))
		if status.Exited() || status.Signaled() {
			return nil
		}
	}
}

func describe(status unix.WaitStatus) string {
	switch {
	case status.Stopped():
		return "stopped by " + name(status.StopSignal())
	case status.Continued():
		return "continued"
	case status.Exited():
		return fmt.Sprintf("exited with status %d", status.ExitStatus())
	case status.CoreDump():
		return "killed by " + name(status.Signal()) + " (core dumped)"
	default:
		return "killed by " + name(status.Signal())
	}
}

// name returns SIGTERM and so on, and a number for real-time signals.
func name(s unix.Signal) string {
	if n := unix.SignalName(s); n != "" {
		return n
	}
	return fmt.Sprintf("signal %d", int(s))
}
