package pidfd

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Process is a pidfd.
type Process struct {
	file *os.File
}

// Open opens the process that has the pid now. A caller that wants one
// particular process must check after Open that the pid still belongs to it.
// The error is [unix.ESRCH] if no process has the pid.
func Open(pid int) (*Process, error) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("open process %d: %w", pid, os.NewSyscallError("pidfd_open", err))
	}
	// Go's poller watches it, because it is non-blocking.
	return &Process{os.NewFile(uintptr(fd), fmt.Sprintf("pidfd:%d", pid))}, nil
}

// Wait waits until the process has exited, reaped or not, and returns the time
// at which it noticed the exit. It fails if the Process is closed.
func (p *Process) Wait() (time.Time, error) {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return time.Time{}, err
	}
	var at time.Time
	err = raw.Read(func(fd uintptr) bool {
		at = time.Now()
		return exited(int(fd))
	})
	return at, err
}

// exited reports whether a process has exited: its pidfd is then readable.
func exited(fd int) bool {
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(poll, 0)
		if !errors.Is(err, unix.EINTR) {
			return n > 0
		}
	}
}

// Signal sends a signal. The error is [unix.ESRCH] if the process was reaped.
func (p *Process) Signal(signal syscall.Signal) error {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) {
		sent = os.NewSyscallError("pidfd_send_signal", unix.PidfdSendSignal(int(fd), signal, nil, 0))
	})
	return errors.Join(err, sent)
}

// Close closes the pidfd. A pending Wait fails.
func (p *Process) Close() error { return p.file.Close() }
