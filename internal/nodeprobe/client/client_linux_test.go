package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"podlab/internal/node"
	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/client"
)

func dial(t testing.TB, p *place, binary []byte, onEvent func(api.Event)) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), p, binary, onEvent)
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

// self is nodeprobe's own process in a snapshot, by its pid in the test's PID
// namespace as far as the place has none of its own.
func self(t *testing.T, s *api.Snapshot) api.Process {
	t.Helper()
	i := slices.IndexFunc(s.Processes, func(p api.Process) bool { return strings.HasPrefix(p.Name, "nodeprobe") })
	if i < 0 {
		t.Fatalf("nodeprobe is not among %+v", s.Processes)
	}
	return s.Processes[i]
}

func TestDialCopiesOnce(t *testing.T) {
	p := newPlace(t)
	first := dial(t, p, binary(t), nil)
	if p.runs != 3 {
		t.Errorf("%d runs for a new place, want 3: try, copy, open", p.runs)
	}
	s := snapshot(t, first)
	if s.Processes[0].PID != 1 || s.Host != *s.Processes[0].Namespaces || s.RuntimeError == "" {
		t.Errorf("it does not see the place: %+v", s)
	}
	dial(t, p, binary(t), nil)
	if p.runs != 4 {
		t.Errorf("%d more runs for a known place, want 1", p.runs-3)
	}
}

func TestDialRefusesHalfACopy(t *testing.T) {
	p := newPlace(t)
	p.stdin = func(c node.Command) node.Command {
		if _, copied := c.Stdin.(*bytes.Reader); copied {
			c.Stdin = io.LimitReader(c.Stdin, 1<<20)
		}
		return c
	}
	if _, err := client.Dial(t.Context(), p, binary(t), nil); err == nil || !strings.Contains(err.Error(), "the copy is not whole") {
		t.Errorf("half a copy: %v", err)
	}
	left, err := node.Output(t.Context(), p, "ls", "/usr/local/lib/podlab")
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
	p.stdin = nil
	dial(t, p, binary(t), nil)
}

func TestDialSomethingElse(t *testing.T) {
	for script, want := range map[string]string{
		"#!/bin/sh\necho hello\n":                                  "read nodeprobe's message",
		"#!/bin/sh\necho '{\"hello\": {\"protocol\": 99}}'\ncat\n": "speaks protocol 99",
		"#!/bin/sh\nexit 7\n":                                      "exit status 7",
		"#!/bin/sh\nexit 0\n":                                      "has ended",
		"\x7fELF, nearly":                                          "exit status 12",
	} {
		_, err := client.Dial(t.Context(), newPlace(t), []byte(script), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q in it", script, err, want)
		}
	}
}

func TestDialGivesUpWithItsContext(t *testing.T) {
	p := newPlace(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := client.Dial(ctx, p, []byte("#!/bin/sh\nexec sleep 60\n"), nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a nodeprobe without a word: %v", err)
	}
}

func TestEventsInOrder(t *testing.T) {
	script := `#!/bin/sh
echo '{"hello": {"protocol": 1}}'
for at in 1 2 3 4 5 6 7 8 9; do echo '{"event": {"at": '$at'}}'; done
cat >/dev/null
`
	events := make(chan int64, 9)
	dial(t, newPlace(t), []byte(script), func(e api.Event) { events <- e.At })
	for want := range int64(9) {
		if got := <-events; got != want+1 {
			t.Errorf("event %d, want %d", got, want+1)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	c := dial(t, newPlace(t), binary(t), nil)
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for range 5 {
				if s := snapshot(t, c); len(s.Processes) < 2 {
					t.Errorf("%d processes", len(s.Processes))
				}
			}
		})
	}
	all.Wait()
}

func TestSignal(t *testing.T) {
	p := newPlace(t)
	c := dial(t, p, binary(t), nil)
	other := dial(t, p, binary(t), nil)
	// The two nodeprobes see each other; the first ends the second.
	s := snapshot(t, other)
	victim := self(t, s)
	for _, candidate := range s.Processes {
		if candidate.Name == victim.Name && candidate.PID > victim.PID {
			victim = candidate
		}
	}
	if _, err := c.Signal(t.Context(), victim.PID, victim.StartTicks+1, syscall.SIGKILL); !errors.Is(err, client.ErrGone) {
		t.Errorf("signal to who has its pid now: %v", err)
	}
	sent, err := c.Signal(t.Context(), victim.PID, victim.StartTicks, syscall.SIGKILL)
	if err != nil || time.Since(time.Unix(0, sent)) > time.Minute {
		t.Errorf("sent at %d, %v", sent, err)
	}
	<-other.Done()
	if err := other.Err(); err == nil || errors.Is(err, client.ErrClosed) {
		t.Errorf("the killed one's error: %v", err)
	}
	if _, err := other.Snapshot(t.Context()); err == nil {
		t.Error("the killed one answers")
	}
	if _, err := c.Signal(t.Context(), 1, 0, syscall.SIGKILL); err == nil || errors.Is(err, client.ErrGone) {
		t.Errorf("signal to init: %v", err)
	}
}

// TestFrozen: a node that was frozen makes calls wait as long as they are
// allowed to, and goes on afterwards.
func TestFrozen(t *testing.T) {
	p := newPlace(t)
	c, helper := dial(t, p, binary(t), nil), dial(t, p, binary(t), nil)
	frozen := self(t, snapshot(t, c))
	if _, err := helper.Signal(t.Context(), frozen.PID, frozen.StartTicks, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := c.Snapshot(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("of the frozen: %v", err)
	}
	if _, err := helper.Signal(t.Context(), frozen.PID, frozen.StartTicks, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	snapshot(t, c)
}

func TestCloseWhileFrozen(t *testing.T) {
	p := newPlace(t)
	c, helper := dial(t, p, binary(t), nil), dial(t, p, binary(t), nil)
	frozen := self(t, snapshot(t, c))
	if _, err := helper.Signal(t.Context(), frozen.PID, frozen.StartTicks, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	if err := c.Close(); err != nil || time.Since(begun) > 5*time.Second {
		t.Errorf("closed after %v: %v", time.Since(begun), err)
	}
}

func TestClose(t *testing.T) {
	p := newPlace(t)
	c, other := dial(t, p, binary(t), nil), dial(t, p, binary(t), nil)
	before := len(snapshot(t, other).Processes)
	pending := make(chan error)
	go func() {
		var err error
		for err == nil {
			_, err = c.Snapshot(context.Background())
		}
		pending <- err
	}()
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := <-pending; !errors.Is(err, client.ErrClosed) {
		t.Errorf("a pending call: %v", err)
	}
	if !errors.Is(c.Err(), client.ErrClosed) || other.Err() != nil {
		t.Errorf("errors: %v, the other's %v", c.Err(), other.Err())
	}
	if after := len(snapshot(t, other).Processes); after >= before {
		t.Errorf("%d processes before, %d after", before, after)
	}
	if err := c.Close(); err != nil {
		t.Errorf("again: %v", err)
	}
}
