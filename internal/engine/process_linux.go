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

// process returns the running process that a pid file names, if its command
// line is that of program and has the argument arg; nil if there is none such.
//
// A pid file outlives a process that was killed hard, and its pid may be
// somebody else's by now. The handle is taken before the command line is read,
// so what is signalled later is what was looked at here.
func process(pidfile, program, arg string) *os.Process {
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
	// A zombie's command line is empty.
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

// end asks a process to end, waits until it has, and kills it when it takes
// longer than patience.
func end(ctx context.Context, p *os.Process, patience time.Duration) error {
	gone := make(chan error, 1)
	go func() { gone <- waitExit(p) }()
	for _, sig := range []syscall.Signal{unix.SIGTERM, unix.SIGKILL} {
		if err := p.Signal(sig); errors.Is(err, os.ErrProcessDone) {
			return nil
		} else if err != nil {
			return fmt.Errorf("send %v to pid %d: %w", sig, p.Pid, err)
		}
		select {
		case err := <-gone:
			return err
		case <-ctx.Done():
			return fmt.Errorf("wait for the end of pid %d: %w", p.Pid, ctx.Err())
		case <-time.After(patience):
		}
	}
	return fmt.Errorf("pid %d does not end, although it was killed", p.Pid)
}

// waitExit blocks until the process has exited. It need not be a child.
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
		return fmt.Errorf("wait for the end of pid %d: %w", p.Pid, err)
	}
	return nil
}
