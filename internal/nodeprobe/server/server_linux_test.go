package server

import (
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/proc"
	"podlab/internal/testkit/actor"
)

const nowhere = "/nonexistent/containerd.sock"

func TestWithoutRuntime(t *testing.T) {
	s := begin(t, nowhere)
	hello := s.hello()
	if hello.Protocol != api.Protocol || hello.PID != os.Getpid() || hello.RuntimeError == "" {
		t.Errorf("hello %+v", hello)
	}
	got := s.snapshot()
	if got.RuntimeError == "" || got.Sandboxes != nil || got.Containers != nil {
		t.Errorf("runtime error %q, sandboxes %v, containers %v", got.RuntimeError, got.Sandboxes, got.Containers)
	}
	found := false
	for _, p := range got.Processes {
		found = found || p.PID == os.Getpid()
	}
	if !found || got.TakenAt == 0 || got.CgroupVersion == 0 || got.Listeners == nil {
		t.Errorf("found itself: %v, taken at %d, cgroup %d, listeners %v", found, got.TakenAt, got.CgroupVersion, got.Listeners)
	}
	if err := s.requests.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-s.ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

func TestBadRequests(t *testing.T) {
	s := begin(t, nowhere)
	s.hello()
	for line, want := range map[string]struct {
		id   int64
		text string
	}{
		"no JSON at all":                     {0, "not understood"},
		`{"id": 1`:                           {0, "not understood"},
		`{"id": "one", "op": "ping"}`:        {0, "not understood"},
		`[]`:                                 {0, "not understood"},
		`{"id": 2, "op": "dance"}`:           {2, `"dance"`},
		`{"id": 3}`:                          {3, `""`},
		`{"id": 4, "op": "signal"}`:          {4, "does not say"},
		strings.Repeat("x", 200_000):         {0, "not understood"},
		`{"id": 5, "op": "ping", "more": 1}`: {5, ""},
	} {
		s.say(line)
		m := s.next()
		for m.Event != nil {
			m = s.next()
		}
		if m.ID != want.id || !strings.Contains(m.Error, want.text) || want.text == "" != (m.Error == "") {
			t.Errorf("to %.40q it says %+v", line, m)
		}
	}
}

func TestSignal(t *testing.T) {
	a := actor.Start(t, 0, "idle")
	ticks, err := proc.StartTicks(a.PID)
	if err != nil {
		t.Fatal(err)
	}
	s := begin(t, nowhere)
	s.hello()
	signal := func(pid int, ticks int64, number int) api.Message {
		return s.ask(api.Request{ID: 7, Op: "signal", Signal: &api.Signal{PID: pid, StartTicks: ticks, Signal: number}})
	}
	for name, m := range map[string]api.Message{
		"no pid":            signal(0, 0, 9),
		"a negative pid":    signal(-1, 0, 9),
		"init":              signal(1, 0, 9),
		"nodeprobe":         signal(os.Getpid(), 0, 9),
		"no signal":         signal(a.PID, ticks, 0),
		"a signal too high": signal(a.PID, ticks, 65),
	} {
		if m.Error == "" || m.Gone || m.SentAt != 0 {
			t.Errorf("to %s: %+v", name, m)
		}
	}
	// Another process with the same pid: the one that was meant is gone.
	if m := signal(a.PID, ticks-1, 9); !m.Gone || m.Error == "" {
		t.Errorf("to another: %+v", m)
	}
	if err := syscall.Kill(a.PID, 0); err != nil {
		t.Fatalf("the other was hit: %v", err)
	}
	if m := signal(a.PID, ticks, 9); m.Error != "" || m.SentAt == 0 || m.ID != 7 {
		t.Errorf("to the right one: %+v", m)
	}
	a.End()
	if m := signal(a.PID, ticks, 9); !m.Gone || m.Error == "" {
		t.Errorf("to the dead: %+v", m)
	}
}

// TestOutboxNeverWaits: a podlab that does not read stops nobody, and is given
// up in the end.
func TestOutboxNeverWaits(t *testing.T) {
	o := newOutbox()
	big := api.Message{Error: strings.Repeat("x", 1<<20)}
	for range maxUnread >> 20 {
		o.send(big)
	}
	if err := o.drain(io.Discard); !errors.Is(err, errUnread) {
		t.Errorf("drain: %v, want %v", err, errUnread)
	}
}

func TestOutboxWritesAllBeforeItsEnd(t *testing.T) {
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
	o.send(api.Message{ID: 2}) // is dropped
}
