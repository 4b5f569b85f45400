package observe

import (
	"context"
	"fmt"
	"sync"
	"time"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/client"
)

// dialTimeout bounds opening a node's nodeprobe, including the copy of its binary. If
// a caller gives up earlier, the attempt continues for other callers.
const dialTimeout = 30 * time.Second

// A link is the connection to nodeprobe in one node. It opens on the first use, and
// reopens after the connection was lost.
type link struct {
	node    string
	running context.Context //nolint:containedctx // it ends with the observer, not with a caller
	dial    func(ctx context.Context) (*client.Client, error)
	shared  shared

	mu      sync.Mutex
	attempt *attempt
}

// An attempt is one try to open nodeprobe. The result is set once done is closed.
type attempt struct {
	done   chan struct{}
	client *client.Client
	err    error
}

func newLink(running context.Context, node string, dial func(context.Context) (*client.Client, error)) *link {
	return &link{node: node, running: running, dial: dial}
}

// client returns the open connection. Concurrent callers share one attempt to open
// it; each waits only until its own ctx ends.
func (l *link) client(ctx context.Context) (*client.Client, error) {
	a := l.current() //nolint:contextcheck // the attempt outlives this caller
	select {
	case <-a.done:
		return a.client, a.err
	case <-ctx.Done():
		return nil, fmt.Errorf("open nodeprobe in node %s: %w", l.node, context.Cause(ctx))
	}
}

func (l *link) current() *attempt {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.attempt == nil || l.attempt.useless() {
		a := &attempt{done: make(chan struct{})}
		l.attempt = a
		go func() {
			defer close(a.done)
			ctx, cancel := context.WithTimeoutCause(l.running, dialTimeout, fmt.Errorf("timed out after %s", dialTimeout))
			defer cancel()
			a.client, a.err = l.dial(ctx)
		}()
	}
	return l.attempt
}

// useless reports whether the attempt has failed, or its connection was lost.
func (a *attempt) useless() bool {
	select {
	case <-a.done:
	default:
		return false
	}
	if a.err != nil {
		return true
	}
	select {
	case <-a.client.Done():
		return true
	default:
		return false
	}
}

func (l *link) snapshot(ctx context.Context, kubeNamespace string) (*api.Snapshot, error) {
	s, err := l.shared.take(ctx, kubeNamespace, func(ctx context.Context, kubeNamespaces ...string) (*api.Snapshot, error) {
		c, err := l.client(ctx)
		if err != nil {
			return nil, err
		}
		return c.Snapshot(ctx, kubeNamespaces...)
	})
	if err != nil {
		return nil, fmt.Errorf("ask node %s: %w", l.node, err)
	}
	return s, nil
}

// close ends nodeprobe. The caller has canceled l.running.
func (l *link) close() error {
	l.mu.Lock()
	a := l.attempt
	l.mu.Unlock()
	if a == nil {
		return nil
	}
	<-a.done
	if a.client == nil {
		return nil
	}
	return a.client.Close()
}
