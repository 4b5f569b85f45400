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

// sendSignal sends a signal to the process that the request names, and to no other
// with the same pid. It returns when it sent the signal, in nanoseconds since 1970.
func sendSignal(s *api.Signal) (int64, error) {
	switch {
	case s == nil:
		return 0, errors.New("the request has no signal")
	case s.PID <= 1:
		return 0, fmt.Errorf("signal process %d: nodeprobe signals only pids above 1, which is the node's init", s.PID)
	case s.PID == os.Getpid():
		return 0, fmt.Errorf("signal process %d: nodeprobe does not signal itself", s.PID)
	case s.Signal < 1 || s.Signal > 64:
		return 0, fmt.Errorf("signal process %d: unknown signal %d", s.PID, s.Signal)
	}
	process, err := pidfd.Open(s.PID)
	if err != nil {
		return 0, signalError(s.PID, err)
	}
	defer process.Close() //nolint:errcheck // nothing to lose
	ticks, err := proc.StartTicks(s.PID)
	if err != nil {
		return 0, signalError(s.PID, err)
	}
	if ticks != s.StartTicks {
		return 0, fmt.Errorf("signal process %d: %w; another process has its pid", s.PID, errGone)
	}
	now := time.Now().UnixNano()
	return now, signalError(s.PID, process.Signal(syscall.Signal(s.Signal)))
}

func signalError(pid int, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ESRCH), proc.Gone(err):
		return fmt.Errorf("signal process %d: %w", pid, errGone)
	}
	return fmt.Errorf("signal process %d: %w", pid, err)
}
