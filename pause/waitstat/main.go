//go:build linux

// Command waitstat runs a command and prints each change of its state that waitpid
// reports, until the command has ended:
//
//	pid=12 started
//	pid=12 stopped by SIGSTOP
//	pid=12 continued
//	pid=12 exited with status 3
//
// The last line can also be "killed by SIGKILL", with "(core dumped)" after it if
// there is a core dump. Without a command, the child is another waitstat that sleeps
// until a signal ends it. waitstat forwards SIGINT and SIGTERM to the child. If one
// change follows another at once, waitpid may report only the last one: a process that
// continues and exits at once has only exited. The exit status is 0 however the child
// ended.
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

// childEnv turns waitstat into the child that sleeps.
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
	forwarded := make(chan os.Signal, 2)
	signal.Notify(forwarded, unix.SIGINT, unix.SIGTERM)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		for s := range forwarded {
			_ = cmd.Process.Signal(s) // the child may have ended
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

// name returns the name of a signal, or the number of a real-time signal.
func name(s unix.Signal) string {
	if n := unix.SignalName(s); n != "" {
		return n
	}
	return fmt.Sprintf("signal %d", int(s))
}
