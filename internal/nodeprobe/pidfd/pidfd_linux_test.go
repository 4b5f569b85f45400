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
		t.Fatal("Wait returned while the process was alive")
	case <-time.After(50 * time.Millisecond):
	}
	before := time.Now()
	if err := p.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	at := <-seen
	if latency := at.Sub(before); latency < 0 || latency > time.Second {
		t.Errorf("Wait noticed the exit %v after the signal", latency)
	}
	// The process is not reaped yet. A second Wait returns too.
	if _, err := p.Wait(); err != nil {
		t.Error(err)
	}
	a.Stop()
	if err := p.Signal(syscall.SIGTERM); !errors.Is(err, unix.ESRCH) {
		t.Errorf("signal after the reap: %v", err)
	}
	if _, err := Open(a.PID); !errors.Is(err, unix.ESRCH) {
		t.Errorf("open after the reap: %v", err)
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
		t.Error("Wait reported that the test has exited")
	}
}
