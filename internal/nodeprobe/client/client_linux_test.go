package client_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/client"
)

func dial(t testing.TB, n *testNode, binary []byte, onEvent func(api.Event)) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), n, binary, onEvent)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func snapshot(t *testing.T, c *client.Client) *api.Snapshot {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s, err := c.Snapshot(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// probes are the nodeprobe processes in a snapshot, the oldest first.
func probes(t *testing.T, s *api.Snapshot) []api.Process {
	t.Helper()
	var all []api.Process
	for _, p := range s.Processes {
		if strings.HasPrefix(p.Name, "nodeprobe") {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		t.Fatalf("no nodeprobe among %+v", s.Processes)
	}
	return all
}

func TestEventsInOrder(t *testing.T) {
	t.Parallel()
	script := `#!/bin/sh
echo '{"hello": {"protocol": 1}}'
for at in 1 2 3 4 5 6 7 8 9; do echo '{"event": {"at": '$at'}}'; done
cat >/dev/null
`
	events := make(chan int64, 9)
	dial(t, newTestNode(t), []byte(script), func(e api.Event) { events <- e.At })
	for want := int64(1); want <= 9; want++ {
		if got := <-events; got != want {
			t.Errorf("event %d, want %d", got, want)
		}
	}
}

func TestConcurrentSnapshots(t *testing.T) {
	t.Parallel()
	c := dial(t, newTestNode(t), binary(t), nil)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 5 {
				if s := snapshot(t, c); len(s.Processes) < 2 {
					t.Errorf("%d processes, want 2 or more", len(s.Processes))
				}
			}
		})
	}
	all.Wait()
}

func TestSignal(t *testing.T) {
	t.Parallel()
	n := newTestNode(t)
	c := dial(t, n, binary(t), nil)
	other := dial(t, n, binary(t), nil)
	both := probes(t, snapshot(t, other))
	victim := both[len(both)-1]
	if _, err := c.Signal(t.Context(), victim.PID, victim.StartTicks+1, syscall.SIGKILL); !errors.Is(err, client.ErrGone) {
		t.Errorf("signal with another start time: %v, want %v", err, client.ErrGone)
	}
	sentAt, err := c.Signal(t.Context(), victim.PID, victim.StartTicks, syscall.SIGKILL)
	if err != nil || time.Since(time.Unix(0, sentAt)) > time.Minute {
		t.Errorf("sent at %d, %v", sentAt, err)
	}
	<-other.Done()
	if _, err := other.Snapshot(t.Context()); err == nil || errors.Is(err, client.ErrClosed) {
		t.Errorf("snapshot from the killed nodeprobe: %v", err)
	}
	if _, err := c.Signal(t.Context(), 1, 0, syscall.SIGKILL); err == nil || errors.Is(err, client.ErrGone) {
		t.Errorf("signal to PID 1: %v, want another error than %v", err, client.ErrGone)
	}
}

// freeze stops the nodeprobe of c, which must be the oldest, and returns a function
// that lets it continue.
func freeze(t *testing.T, c, helper *client.Client) (thaw func()) {
	t.Helper()
	frozen := probes(t, snapshot(t, c))[0]
	signal := func(number syscall.Signal) {
		if _, err := helper.Signal(t.Context(), frozen.PID, frozen.StartTicks, number); err != nil {
			t.Fatal(err)
		}
	}
	signal(syscall.SIGSTOP)
	// The process may run on for a moment after the signal.
	for deadline := time.Now().Add(10 * time.Second); probes(t, snapshot(t, helper))[0].State != "T"; {
		if time.Now().After(deadline) {
			t.Fatal("nodeprobe did not stop within 10 s")
		}
	}
	return func() { signal(syscall.SIGCONT) }
}

// TestFrozen checks that calls to a frozen nodeprobe time out, and that the
// client works again when nodeprobe does.
func TestFrozen(t *testing.T) {
	t.Parallel()
	n := newTestNode(t)
	c, helper := dial(t, n, binary(t), nil), dial(t, n, binary(t), nil)
	thaw := freeze(t, c, helper)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := c.Snapshot(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("snapshot from a frozen nodeprobe: %v, want %v", err, context.DeadlineExceeded)
	}
	thaw()
	snapshot(t, c)
}

func TestCloseWhileFrozen(t *testing.T) {
	t.Parallel()
	n := newTestNode(t)
	c, helper := dial(t, n, binary(t), nil), dial(t, n, binary(t), nil)
	freeze(t, c, helper)
	start := time.Now()
	if err := c.Close(); err != nil || time.Since(start) > 5*time.Second {
		t.Errorf("Close returned after %v: %v", time.Since(start), err)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	n := newTestNode(t)
	c, other := dial(t, n, binary(t), nil), dial(t, n, binary(t), nil)
	before := len(probes(t, snapshot(t, other)))
	failed := make(chan error)
	go func() {
		var err error
		for err == nil {
			_, err = c.Snapshot(context.Background())
		}
		failed <- err
	}()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-failed; !errors.Is(err, client.ErrClosed) {
		t.Errorf("pending snapshot: %v, want %v", err, client.ErrClosed)
	}
	if after := len(probes(t, snapshot(t, other))); before != 2 || after != 1 {
		t.Errorf("%d nodeprobes before Close and %d after, want 2 and 1", before, after)
	}
	if err := c.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}
