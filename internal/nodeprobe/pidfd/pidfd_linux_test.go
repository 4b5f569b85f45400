package pidfd

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"podlab/internal/testkit/actor"
)

func TestMain(m *testing.M) {
	actor.Main()
	m.Run()
}

func open(t *testing.T, pid int) *Process {
	t.Helper()
	p, err := Open(pid)
	if errors.Is(err, unix.ENOSYS) {
		t.Skipf("this kernel has no pidfds: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestWait(t *testing.T) {
	a := actor.Start(t, 0, "idle")
	p := open(t, a.PID)
	seen := make(chan time.Time)
	go func() {
		at, err := p.Wait()
		if err != nil {
			t.Error(err)
		}
		seen <- at
	}()
	select {
	case <-seen:
		t.Fatal("its end was seen while it lived")
	case <-time.After(50 * time.Millisecond):
	}
	before := time.Now()
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	at := <-seen
	if latency := at.Sub(before); latency < 0 || latency > time.Second {
		t.Errorf("seen %v after the signal", latency)
	}
	// It is not reaped yet, and seen all the same; also when asked afterwards.
	if _, err := p.Wait(); err != nil {
		t.Error(err)
	}
	a.End()
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, unix.ESRCH) {
		t.Errorf("signal to the reaped: %v", err)
	}
	if _, err := Open(a.PID); !errors.Is(err, unix.ESRCH) {
		t.Errorf("open the reaped: %v", err)
	}
}

func TestCloseEndsWait(t *testing.T) {
	p := open(t, os.Getpid())
	failed := make(chan error)
	go func() {
		_, err := p.Wait()
		failed <- err
	}()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err == nil {
		t.Error("it says that the test has exited")
	}
}
