package server

import (
	"context"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/cri"
	"podlab/internal/nodeprobe/pidfd"
	"podlab/internal/nodeprobe/proc"
)

// follow tells what happens on the node until ctx ends: the runtime's events,
// and the ends of processes. When the runtime is lost it is looked for again;
// processes are followed on meanwhile.
func (s *Server) follow(ctx context.Context) {
	const first, most = 10 * time.Millisecond, time.Second
	for wait := first; ctx.Err() == nil; wait = min(2*wait, most) {
		heard, err := s.hear(ctx)
		if ctx.Err() != nil {
			return
		}
		s.setLost(err)
		if status.Code(err) == codes.Unimplemented {
			return // a runtime without events; snapshots find what to follow
		}
		if heard {
			wait = first
		}
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// hear passes the runtime's events on until they end. heard says whether it
// came that far. It listens first and lists then, so that nothing that starts
// in between is missed.
//
// What the runtime repeats from before the server began is no news and left
// out; what it repeats of the time when it was lost has its true time.
func (s *Server) hear(ctx context.Context) (heard bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stream, err := s.runtime.Subscribe(ctx)
	if err != nil {
		cancel(nil)
		return false, err
	}
	var listing sync.WaitGroup
	listing.Go(func() {
		var now api.Snapshot
		if _, err := s.describe(ctx, &now); err != nil {
			cancel(err)
			return
		}
		heard = true
		s.setLost(nil)
		s.watchAll(&now)
	})
	err = s.pass(ctx, stream)
	cancel(err)
	listing.Wait()
	return heard, context.Cause(ctx)
}

// pass passes events on as they come.
func (s *Server) pass(ctx context.Context, stream *cri.Stream) error {
	for {
		event, err := stream.Next()
		if err != nil {
			return err
		}
		if event.At < s.began {
			continue
		}
		s.happened(event)
		if event.What == "sandbox-created" || event.What == "sandbox-ready" || event.What == "container-started" {
			go s.watchStarted(ctx, event)
		}
	}
}

// happened tells podlab, and a snapshot that waits for something to happen.
func (s *Server) happened(event api.Event) {
	s.out.send(api.Message{Event: &event})
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// setLost notes whether the runtime's events are heard, and tells when that
// changes.
func (s *Server) setLost(err error) {
	s.mutex.Lock()
	before := s.lost
	s.lost = err
	s.mutex.Unlock()
	event := api.Event{At: time.Now().UnixNano(), Source: "cri"}
	switch {
	case before == nil && err != nil:
		event.What = "runtime-lost"
	case before != nil && err == nil:
		event.What = "runtime-back"
	default:
		return
	}
	s.happened(event)
}

// watchStarted follows the process of what an event says to have started.
func (s *Server) watchStarted(ctx context.Context, event api.Event) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ask := s.runtime.ContainerPID
	if event.ContainerName == "" {
		ask = s.runtime.SandboxPID
	}
	// Without an answer the runtime is lost, or what started is gone already.
	if pid, err := ask(ctx, event.ID); err == nil {
		s.watch(pid, event.ID)
	}
}

func (s *Server) watchAll(p *api.Snapshot) {
	for _, sandbox := range p.Sandboxes {
		s.watch(sandbox.PID, sandbox.ID)
	}
	for _, container := range p.Containers {
		s.watch(container.PID, container.ID)
	}
}

// watch follows the process of the sandbox or container that is called id,
// once, and tells when it exits. It keeps the pid in mind even then: until the
// process is reaped, the runtime and the kernel still speak of it, and a second
// look would make a second end.
func (s *Server) watch(pid int, id string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if pid == 0 || s.followed[pid] == id {
		return
	}
	process, err := pidfd.Open(pid)
	if err != nil {
		return // it is gone, as the runtime will tell
	}
	if !proc.Owned(pid, id) {
		_ = process.Close() // it is gone, and another has its pid
		return
	}
	s.followed[pid] = id
	go func() {
		defer process.Close() //nolint:errcheck // nothing to lose
		at, err := process.Wait()
		if identity, ok := s.runtime.Identity(id); ok && err == nil {
			event := identity.Event(id, at.UnixNano(), "process-exited", "pidfd")
			event.PID = pid
			s.happened(event)
		}
	}()
}
