package server

import (
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/proc"
	"podlab/internal/testkit/actor"
)

const noSocket = "/nonexistent/containerd.sock"

func TestWithoutRuntime(t *testing.T) {
	s := startSession(t, noSocket)
	hello := s.hello()
	if hello.Protocol != api.Protocol || hello.PID != os.Getpid() || hello.RuntimeError == "" {
		t.Errorf("hello %+v", hello)
	}
	got := s.snapshot()
	if got.RuntimeError == "" || got.Sandboxes != nil || got.Containers != nil {
		t.Errorf("runtime error %q, sandboxes %v, containers %v", got.RuntimeError, got.Sandboxes, got.Containers)
	}
	found := slices.ContainsFunc(got.Processes, func(p api.Process) bool { return p.PID == os.Getpid() })
	if !found || got.TakenAt == 0 || got.CgroupVersion == 0 || got.Listeners == nil {
		t.Errorf("has the test's process: %v, taken at %d, cgroup version %d, listeners %v", found, got.TakenAt, got.CgroupVersion, got.Listeners)
	}
	if err := s.requests.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}

func TestBadRequests(t *testing.T) {
	s := startSession(t, noSocket)
	s.hello()
	for line, want := range map[string]struct {
		id   int64
		text string
	}{
		"not JSON":                        {0, "parse request"},
		`{"id": 1`:                        {0, "parse request"},
		`{"id": "one", "op": "snapshot"}`: {0, "parse request"},
		`[]`:                              {0, "parse request"},
		`{"id": 2, "op": "dance"}`:        {2, `unknown op "dance"`},
		`{"id": 3}`:                       {3, `unknown op ""`},
		`{"id": 4, "op": "signal"}`:       {4, "no signal"},
		strings.Repeat("x", 200_000):      {0, "parse request"},
		`{"id": 5, "op": "snapshot", "unknown": 1}`: {5, ""},
	} {
		s.write(line)
		m := s.next()
		for m.Event != nil {
			m = s.next()
		}
		if m.ID != want.id || !strings.Contains(m.Error, want.text) || want.text == "" != (m.Error == "") {
			t.Errorf("reply to %.40q: %+v", line, m)
		}
	}
}

func TestSignal(t *testing.T) {
	a := actor.Start(t, 0, "idle")
	ticks, err := proc.StartTicks(a.PID)
	if err != nil {
		t.Fatal(err)
	}
	s := startSession(t, noSocket)
	s.hello()
	signal := func(pid int, ticks int64, number int) api.Message {
		return s.call(api.Request{ID: 7, Op: "signal", Signal: &api.Signal{PID: pid, StartTicks: ticks, Signal: number}})
	}
	for name, m := range map[string]api.Message{
		"no pid":         signal(0, 0, 9),
		"negative pid":   signal(-1, 0, 9),
		"PID 1":          signal(1, 0, 9),
		"nodeprobe":      signal(os.Getpid(), 0, 9),
		"no signal":      signal(a.PID, ticks, 0),
		"unknown signal": signal(a.PID, ticks, 65),
	} {
		if m.Error == "" || m.Gone || m.SentAt != 0 {
			t.Errorf("%s: %+v", name, m)
		}
	}
	// With another start time, the request names a process that is gone.
	if m := signal(a.PID, ticks-1, 9); !m.Gone || m.Error == "" {
		t.Errorf("another start time: %+v", m)
	}
	if err := syscall.Kill(a.PID, 0); err != nil {
		t.Fatalf("the wrong process got the signal: %v", err)
	}
	if m := signal(a.PID, ticks, 9); m.Error != "" || m.SentAt == 0 || m.ID != 7 {
		t.Errorf("living process: %+v", m)
	}
	a.Stop()
	if m := signal(a.PID, ticks, 9); !m.Gone || m.Error == "" {
		t.Errorf("dead process: %+v", m)
	}
}

// TestOutboxNeverBlocks checks that send does not wait for a podlab that does not
// read, and that the outbox fails in the end.
func TestOutboxNeverBlocks(t *testing.T) {
	o := newOutbox()
	big := api.Message{Error: strings.Repeat("x", 1<<20)}
	for range maxUnread >> 20 {
		o.send(big)
	}
	if err := o.drain(io.Discard); !errors.Is(err, errUnread) {
		t.Errorf("drain: %v, want %v", err, errUnread)
	}
}

func TestOutboxWritesAllBeforeClose(t *testing.T) {
	o := newOutbox()
	for range 1000 {
		o.send(api.Message{ID: 1})
	}
	o.close()
	var out strings.Builder
	if err := o.drain(&out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "{\"id\":1}\n"); got != 1000 {
		t.Errorf("%d messages, want 1000", got)
	}
	o.send(api.Message{ID: 2}) // dropped, without a panic
}
