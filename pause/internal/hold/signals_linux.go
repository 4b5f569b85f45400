package hold

import (
	"fmt"
	"os"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sigaction is the kernel's struct of that name on amd64 and arm64, which is
// not the C library's. The zero value is the default action.
type sigaction struct {
	handler  uintptr
	flags    uint64
	restorer uintptr
	mask     uint64
}

// What Go's runtime sends to its own threads.
const (
	preempt       = unix.SIGURG
	perThreadCall = unix.Signal(33)
)

// giveBack makes the default of every signal but its own, as it would
// be in a program that had not touched it.
//
// Go's runtime handles all signals, which costs a PID 1 the kernel's protection
// from those that it has no handler for: a SIGSEGV sent to it would end it.
// Where that is refused, the runtime's handlers stay.
func giveBack(own []unix.Signal) {
	keep := append(slices.Clone(own), preempt, perThreadCall)
	for s := unix.Signal(1); s <= 64; s++ {
		if a, err := action(s); err == nil && a.handler > sigIGN && !slices.Contains(keep, s) {
			_ = setAction(s, sigaction{})
		}
	}
}

const (
	sigIGN    = 1 // a handler
	noCldStop = 1 // a flag: no notice of children that stop
)

// action returns what happens on a signal.
func action(s unix.Signal) (a sigaction, err error) {
	err = rtSigaction(s, nil, &a)
	return a, err
}

// setAction decides what happens on a signal.
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
