package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// findProcess returns the running process that a pid file names if it runs
// program with the argument arg, else nil.
//
// A pid file outlives a killed process, and another process may have the pid by
// now. findProcess opens the process before it reads the command line, so a
// signal reaches only the process with that command line.
func findProcess(pidfile, program, arg string) *os.Process {
	text, err := os.ReadFile(pidfile)
	if err != nil {
		return nil
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 0 {
		return nil
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return nil
	}
	// The command line of a zombie is empty.
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return nil
	}
	var argv []string
	for a := range bytes.SplitSeq(line, []byte{0}) {
		argv = append(argv, string(a))
	}
	if filepath.Base(argv[0]) != program || !slices.Contains(argv[1:], arg) {
		return nil
	}
	return p
}

// stopProcess sends SIGTERM to a process and waits until it exits. After the
// timeout it sends SIGKILL.
func stopProcess(ctx context.Context, p *os.Process, timeout time.Duration) error {
	exited := make(chan error, 1)
	go func() { exited <- waitExit(p) }()
	for _, sig := range []syscall.Signal{unix.SIGTERM, unix.SIGKILL} {
		if err := p.Signal(sig); errors.Is(err, os.ErrProcessDone) {
			return nil
		} else if err != nil {
			return fmt.Errorf("send %v to pid %d: %w", sig, p.Pid, err)
		}
		select {
		case err := <-exited:
			return err
		case <-ctx.Done():
			return fmt.Errorf("wait for pid %d to exit: %w", p.Pid, context.Cause(ctx))
		case <-time.After(timeout):
		}
	}
	return fmt.Errorf("wait for pid %d to exit: timed out %s after SIGKILL", p.Pid, timeout)
}

// waitExit blocks until the process exits. It need not be a child.
func waitExit(p *os.Process) error {
	var polled error
	err := p.WithHandle(func(pidfd uintptr) {
		for {
			_, polled = unix.Poll([]unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}, -1)
			if !errors.Is(polled, unix.EINTR) {
				return
			}
		}
	})
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	if err := errors.Join(err, os.NewSyscallError("poll", polled)); err != nil {
		return fmt.Errorf("wait for pid %d to exit: %w", p.Pid, err)
	}
	return nil
}
