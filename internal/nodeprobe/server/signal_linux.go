package server

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/pidfd"
	"podlab/internal/nodeprobe/proc"
)

var errGone = errors.New("the process is gone")

// send sends a signal to the process that was meant, or to none, and returns
// when, in nanoseconds since 1970.
func send(s *api.Signal) (int64, error) {
	switch {
	case s == nil:
		return 0, errors.New("the request does not say what to signal")
	case s.PID <= 1:
		return 0, fmt.Errorf("pid %d is not signalled: 1 is the node's init, and below are none", s.PID)
	case s.PID == os.Getpid():
		return 0, fmt.Errorf("pid %d is not signalled: it is nodeprobe", s.PID)
	case s.Signal < 1 || s.Signal > 64:
		return 0, fmt.Errorf("there is no signal %d", s.Signal)
	}
	process, err := pidfd.Open(s.PID)
	if err != nil {
		return 0, unlessGone(s.PID, err)
	}
	defer process.Close() //nolint:errcheck // nothing to lose
	ticks, err := proc.StartTicks(s.PID)
	if err != nil {
		return 0, unlessGone(s.PID, err)
	}
	if ticks != s.StartTicks {
		return 0, fmt.Errorf("signal process %d: %w; another has its pid", s.PID, errGone)
	}
	now := time.Now().UnixNano()
	return now, unlessGone(s.PID, process.Signal(syscall.Signal(s.Signal)))
}

func unlessGone(pid int, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ESRCH), proc.Gone(err):
		return fmt.Errorf("signal process %d: %w", pid, errGone)
	}
	return fmt.Errorf("signal process %d: %w", pid, err)
}
