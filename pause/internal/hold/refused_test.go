//go:build linux

package hold

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// All tests of ./pause/... must accept this flag.
var _ = flag.String("pause", "", "only for the tests of podlab/pause")

// refuseEnv turns the test binary into a pause that can't set a handler for the
// signal of this number.
const refuseEnv = "PODLAB_PAUSE_REFUSE"

func TestMain(m *testing.M) {
	if s, err := strconv.Atoi(os.Getenv(refuseEnv)); err == nil {
		if err := refuse(unix.Signal(s)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(100)
		}
		os.Exit(Pause{Name: "pause", Reaps: true}.Run(nil))
	}
	os.Exit(m.Run())
}

// refuse makes the kernel refuse to set the action of a signal, in all threads.
//
// refuse must run inside the Go program: with this filter set earlier, a Go program
// does not start.
func refuse(s unix.Signal) error {
	runtime.LockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return os.NewSyscallError("prctl", err)
	}
	// Offsets in struct seccomp_data: nr, and the lower halves of args[0] and args[1].
	const nr, signal, act = 0, 16, 24
	load := func(k uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: k}
	}
	unless := func(k uint32, skip uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: k, Jf: skip}
	}
	ret := func(k uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k} }
	filter := []unix.SockFilter{
		load(nr), unless(unix.SYS_RT_SIGACTION, 4),
		load(signal), unless(uint32(s), 2),
		load(act), unless(0, 1), // a call that only reads the action passes NULL
		ret(unix.SECCOMP_RET_ALLOW),
		ret(unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)),
	}
	prog := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return os.NewSyscallError("seccomp", errno)
	}
	return nil
}

func TestRefusedHandlers(t *testing.T) {
	for i, s := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGCHLD} {
		t.Run(unix.SignalName(s), func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", refuseEnv, s))
			out, _ := cmd.CombinedOutput()
			if status := cmd.ProcessState.ExitCode(); status != i+1 {
				t.Errorf("exited with %v, want status %d", cmd.ProcessState, i+1)
			}
			if want := "handle " + unix.SignalName(s) + ": rt_sigaction: operation not permitted"; !strings.Contains(string(out), want) {
				t.Errorf("printed %q, want %q in it", out, want)
			}
		})
	}
}

func TestLeavingTheLoop(t *testing.T) {
	end := make(chan os.Signal)
	close(end)
	if status := wait(end, nil); status != 42 {
		t.Errorf("status %d, want 42", status)
	}
}

func TestVersionInAnyCaseAnywhere(t *testing.T) {
	for _, args := range [][]string{{"-v"}, {"-V"}, {"word", "-v"}, {"-x", "-V", "-v"}} {
		if status := (Pause{Name: "pause", Version: "1.2.3"}).Run(args); status != 0 {
			t.Errorf("%q: status %d", args, status)
		}
	}
}

func TestUnknownFlags(t *testing.T) {
	for _, args := range [][]string{{"-x"}, {"--version"}, {"word", "-"}, {"-vv"}} {
		if status := (Pause{Name: "pause"}).Run(args); status != 2 {
			t.Errorf("%q: status %d, want 2", args, status)
		}
	}
}
