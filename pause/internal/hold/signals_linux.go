package hold

import (
	"fmt"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sigaction is the kernel's struct sigaction on amd64 and arm64, which differs
// from the C library's. The zero value is the default action.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// Signals that Go's runtime sends to its own threads.
const (
	preempt       = unix.SIGURG
	perThreadCall = unix.Signal(33)
)

// restoreDefaults sets all signals except own to their default action.
//
// The kernel does not deliver a signal to PID 1 if PID 1 has no handler for it.
// Go's runtime installs handlers for all signals, so without restoreDefaults a
// SIGSEGV sent to PID 1 would end it. If the kernel refuses a change, the runtime's
// handler stays.
func restoreDefaults(own []unix.Signal) {
	keep := append(slices.Clone(own), preempt, perThreadCall)
	for s := unix.Signal(1); s <= 64; s++ {
		if a, err := action(s); err == nil && a.handler > sigIGN && !slices.Contains(keep, s) {
			_ = setAction(s, sigaction{})
		}
	}
}

const (
	sigIGN    = 1 // a handler: ignore the signal
	noCldStop = 1 // a flag: no SIGCHLD for children that stop or continue
)

// action returns the action for a signal.
func action(s unix.Signal) (a sigaction, err error) {
	err = rtSigaction(s, nil, &a)
	return a, err
}

// setAction sets the action for a signal.
func setAction(s unix.Signal, a sigaction) error {
	if err := rtSigaction(s, &a, nil); err != nil {
		return fmt.Errorf("handle %s: %w", unix.SignalName(s), err)
	}
	return nil
}

func rtSigaction(s unix.Signal, set, old *sigaction) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(s),
		uintptr(unsafe.Pointer(set)), uintptr(unsafe.Pointer(old)), unsafe.Sizeof(set.mask), 0, 0)
	if errno != 0 {
		return os.NewSyscallError("rt_sigaction", errno)
	}
	return nil
}
