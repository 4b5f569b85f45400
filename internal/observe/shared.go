package observe

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"podlab/internal/nodeprobe/api"
)

// shared lets concurrent callers share snapshots of a node: scenarios that run side
// by side all request snapshots, and a busy node needs up to a second for each.
type shared struct {
	mu      sync.Mutex
	next    *pending // starts when the current snapshot has ended
	working bool
}

// A pending snapshot has its result once done is closed.
type pending struct {
	kubeNamespaces []string
	done           chan struct{}
	snapshot       *api.Snapshot
	err            error
}

// A snapshotFunc takes a snapshot for some kube namespaces.
type snapshotFunc func(ctx context.Context, kubeNamespaces ...string) (*api.Snapshot, error)

// take returns a snapshot that started after the call. Callers share it and must
// not modify it.
func (s *shared) take(ctx context.Context, kubeNamespace string, snapshot snapshotFunc) (*api.Snapshot, error) {
	s.mu.Lock()
	if s.next == nil {
		s.next = &pending{done: make(chan struct{})}
	}
	mine := s.next
	if !slices.Contains(mine.kubeNamespaces, kubeNamespace) {
		mine.kubeNamespaces = append(mine.kubeNamespaces, kubeNamespace)
	}
	if !s.working {
		s.working = true
		// Other callers share this snapshot and may have later deadlines.
		go s.work(context.WithoutCancel(ctx), snapshot)
	}
	s.mu.Unlock()
	select {
	case <-mine.done:
		return mine.snapshot, mine.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for nodeprobe's answer: %w", context.Cause(ctx))
	}
}

// work takes snapshots, one after another, until no caller waits.
func (s *shared) work(ctx context.Context, snapshot snapshotFunc) {
	for {
		s.mu.Lock()
		current := s.next
		s.next = nil
		s.working = current != nil
		s.mu.Unlock()
		if current == nil {
			return
		}
		limited, cancel := context.WithTimeoutCause(ctx, pictureTimeout, errPictureTimeout)
		current.snapshot, current.err = snapshot(limited, current.kubeNamespaces...)
		cancel()
		close(current.done)
	}
}
