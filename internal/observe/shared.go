package observe

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"podlab/internal/nodeprobe/api"
)

// A shared has those who ask at a time share one picture of a node: a busy node
// takes up to a second for one, and scenarios side by side all ask for it.
type shared struct {
	mu      sync.Mutex
	next    *shot // begins when the one that is being taken has ended
	working bool
}

// A shot is one picture, once done is closed.
type shot struct {
	// of are the kube namespaces that it is wanted of.
	of       []string
	done     chan struct{}
	snapshot *api.Snapshot
	err      error
}

// A camera takes a picture that is wanted of some kube namespaces.
type camera func(ctx context.Context, kubeNamespaces ...string) (*api.Snapshot, error)

// take returns a picture that was begun after it was asked for; nobody may
// change it.
func (s *shared) take(ctx context.Context, kubeNamespace string, picture camera) (*api.Snapshot, error) {
	s.mu.Lock()
	if s.next == nil {
		s.next = &shot{done: make(chan struct{})}
	}
	mine := s.next
	if !slices.Contains(mine.of, kubeNamespace) {
		mine.of = append(mine.of, kubeNamespace)
	}
	if !s.working {
		s.working = true
		// It is the others' as well, who may wait longer.
		go s.work(context.WithoutCancel(ctx), picture)
	}
	s.mu.Unlock()
	select {
	case <-mine.done:
		return mine.snapshot, mine.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for nodeprobe's answer: %w", context.Cause(ctx))
	}
}

// work takes pictures, one after the other, until nobody has asked.
func (s *shared) work(ctx context.Context, picture camera) {
	for {
		s.mu.Lock()
		now := s.next
		s.next = nil
		s.working = now != nil
		s.mu.Unlock()
		if now == nil {
			return
		}
		within, cancel := context.WithTimeoutCause(ctx, askWithin, errSilent)
		now.snapshot, now.err = picture(within, now.of...)
		cancel()
		close(now.done)
	}
}
