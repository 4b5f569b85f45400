package server

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/testkit/actor"
)

func TestMain(m *testing.M) {
	actor.Main()
	m.Run()
}

// A session is a running server and the test's connection to it.
type session struct {
	t        *testing.T
	requests io.WriteCloser
	messages chan api.Message
	// ended receives the result of Run.
	ended chan error
	// events are the events that came before a reply.
	events []api.Event
}

func startSession(t *testing.T, socket string) *session {
	t.Helper()
	in, requests := io.Pipe()
	stdout, out := io.Pipe()
	s := &session{t: t, requests: requests, messages: make(chan api.Message), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		s.ended <- Run(ctx, in, out, socket)
		_ = out.Close()
	}()
	go func() {
		defer close(s.messages)
		lines := bufio.NewReader(stdout)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return
			}
			var m api.Message
			if err := json.Unmarshal(line, &m); err != nil {
				t.Errorf("message %q: %v", line, err)
			}
			select {
			case s.messages <- m:
			case <-ctx.Done():
			}
		}
	}()
	t.Cleanup(func() {
		_ = requests.Close()
		cancel()
		_ = stdout.Close()
	})
	return s
}

func (s *session) write(line string) {
	s.t.Helper()
	if _, err := io.WriteString(s.requests, line+"\n"); err != nil {
		s.t.Fatal(err)
	}
}

// next receives the next message.
func (s *session) next() api.Message {
	s.t.Helper()
	select {
	case m, ok := <-s.messages:
		if !ok {
			s.t.Fatal("the server has ended")
		}
		return m
	case <-time.After(10 * time.Second):
		s.t.Fatal("no message from the server for 10 s")
	}
	panic("not reached")
}

// hello receives the first message.
func (s *session) hello() api.Hello {
	s.t.Helper()
	m := s.next()
	if m.Hello == nil {
		s.t.Fatalf("the first message is %+v, want a hello", m)
	}
	return *m.Hello
}

// call sends a request and returns its reply.
func (s *session) call(r api.Request) api.Message {
	s.t.Helper()
	line, err := json.Marshal(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(string(line))
	for {
		m := s.next()
		if m.Event == nil {
			return m
		}
		s.events = append(s.events, *m.Event)
	}
}

func (s *session) snapshot() *api.Snapshot {
	s.t.Helper()
	m := s.call(api.Request{ID: 1, Op: "snapshot"})
	if m.Error != "" || m.Snapshot == nil || m.ID != 1 {
		s.t.Fatalf("snapshot: %+v", m)
	}
	return m.Snapshot
}

// event waits for an event of a sandbox or container.
func (s *session) event(what, id string) api.Event {
	s.t.Helper()
	for i, e := range s.events {
		if e.What == what && e.ID == id {
			s.events = append(s.events[:i:i], s.events[i+1:]...)
			return e
		}
	}
	for {
		m := s.next()
		if m.Event != nil && m.Event.What == what && m.Event.ID == id {
			return *m.Event
		}
		if m.Event != nil {
			s.events = append(s.events, *m.Event)
		}
	}
}
