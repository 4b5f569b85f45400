package pidfd

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A Process is a process held by a file descriptor.
type Process struct {
	file *os.File
}

// Open opens the process that has the pid now. Who needs to know that it is
// the one that was meant must ask after Open, when the pid can't change hands
// unnoticed any more. An error that is [unix.ESRCH] says that there is none.
func Open(pid int) (*Process, error) {
	fd, err := unix.PidfdOpen(pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("open process %d: %w", pid, os.NewSyscallError("pidfd_open", err))
	}
	// Not blocking, it is watched by the runtime's own poller.
	return &Process{os.NewFile(uintptr(fd), fmt.Sprintf("pidfd:%d", pid))}, nil
}

// Wait waits until the process has exited, reaped or not, and returns when that
// was seen. It fails when the process is closed.
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

// exited says whether a pidfd is readable, which it is from the exit on.
func exited(fd int) bool {
	poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	for {
		n, err := unix.Poll(poll, 0)
		if !errors.Is(err, unix.EINTR) {
			return n > 0
		}
	}
}

// Signal sends a signal; an error that is [unix.ESRCH] says that the process
// has been reaped.
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

// Close lets the process go; a Wait under way ends.
func (p *Process) Close() error { return p.file.Close() }
