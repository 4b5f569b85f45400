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

// followRuntime sends the runtime's events until ctx ends. If it loses the runtime,
// it retries. Meanwhile the server still follows processes.
func (s *server) followRuntime(ctx context.Context) {
	const minBackoff, maxBackoff = 10 * time.Millisecond, time.Second
	for backoff := minBackoff; ctx.Err() == nil; backoff = min(2*backoff, maxBackoff) {
		listed, err := s.followEvents(ctx)
		if ctx.Err() != nil {
			return
		}
		s.setEventsError(err)
		if status.Code(err) == codes.Unimplemented {
			return // a runtime without events; snapshots find the processes to follow
		}
		if listed {
			backoff = minBackoff
		}
		select {
		case <-ctx.Done():
		case <-time.After(backoff):
		}
	}
}

// followEvents sends the runtime's events until they end. It subscribes before it
// lists, so that it misses nothing that starts in between. listed reports whether
// the list succeeded.
func (s *server) followEvents(ctx context.Context) (listed bool, err error) {
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
		listed = true
		s.setEventsError(nil)
		s.followAll(&now)
	})
	err = s.forwardEvents(ctx, stream)
	cancel(err)
	listing.Wait()
	return listed, context.Cause(ctx)
}

// forwardEvents sends the events of a stream until it ends.
//
// The runtime also repeats older events. forwardEvents drops those from before the
// server started. Events from while the runtime was lost have their true time.
func (s *server) forwardEvents(ctx context.Context, stream *cri.Stream) error {
	for {
		event, err := stream.Next()
		if err != nil {
			return err
		}
		if event.At < s.startedAt {
			continue
		}
		s.sendEvent(event)
		if event.What == "sandbox-created" || event.What == "sandbox-ready" || event.What == "container-started" {
			go s.followStarted(ctx, event)
		}
	}
}

// sendEvent sends an event to podlab and wakes a waiting snapshot.
func (s *server) sendEvent(event api.Event) {
	s.out.send(api.Message{Event: &event})
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// setEventsError records whether events come from the runtime, and sends an event
// if that has changed.
func (s *server) setEventsError(err error) {
	s.mutex.Lock()
	before := s.eventsError
	s.eventsError = err
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
	s.sendEvent(event)
}

// followStarted follows the process of a sandbox or container that has started.
func (s *server) followStarted(ctx context.Context, event api.Event) {
	ctx, cancel := context.WithTimeout(ctx, runtimeTimeout)
	defer cancel()
	getPID := s.runtime.ContainerPID
	if event.ContainerName == "" {
		getPID = s.runtime.SandboxPID
	}
	// On an error, the runtime is lost or the process is already gone.
	if pid, err := getPID(ctx, event.ID); err == nil {
		s.followProcess(pid, event.ID)
	}
}

func (s *server) followAll(snapshot *api.Snapshot) {
	for _, sandbox := range snapshot.Sandboxes {
		s.followProcess(sandbox.PID, sandbox.ID)
	}
	for _, container := range snapshot.Containers {
		s.followProcess(container.PID, container.ID)
	}
}

// followProcess sends an event when the process of a sandbox or container exits. It
// follows each process once and remembers it after its exit: until the process is
// reaped, the runtime and the kernel still report it, and following it again would
// send a second event.
func (s *server) followProcess(pid int, id string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if pid == 0 || s.followed[pid] == id {
		return
	}
	process, err := pidfd.Open(pid)
	if err != nil {
		return // the process is gone, and the runtime will say so
	}
	if !proc.InCgroup(pid, id) {
		_ = process.Close() // the process is gone, and another has its pid
		return
	}
	s.followed[pid] = id
	go func() {
		defer process.Close() //nolint:errcheck // nothing to lose
		at, err := process.Wait()
		if identity, ok := s.runtime.Identity(id); ok && err == nil {
			event := identity.Event(id, at.UnixNano(), "process-exited", "pidfd")
			event.PID = pid
			s.sendEvent(event)
		}
	}()
}
