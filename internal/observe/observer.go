package observe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/client"
	"podlab/internal/world"
)

// An API answers for the cluster's API server, freshly each time.
type API interface {
	// Pods lists the pods of a kube namespace, "" for all.
	Pods(ctx context.Context, kubeNamespace string) ([]corev1.Pod, error)
	// Events lists the events of a kube namespace.
	Events(ctx context.Context, kubeNamespace string) ([]corev1.Event, error)
}

// A Dialer opens a node's nodeprobe and has its events delivered to onEvent.
type Dialer func(ctx context.Context, node string, onEvent func(api.Event)) (*client.Client, error)

// A Scope says what a picture is wanted of.
type Scope struct {
	// KubeNamespace is the scenario's.
	KubeNamespace string
	// LeaveOut tells the kube namespaces whose pods are none of the scenario's
	// business; nil leaves out none.
	LeaveOut func(kubeNamespace string) bool
}

// askWithin is how long one picture may take: a node that is paused or an API
// server that is stopped must become a missing fact, not a hanging learner.
const askWithin = 5 * time.Second

var errSilent = fmt.Errorf("no answer within %s", askWithin)

// An Observer takes pictures of one cluster. It is safe for concurrent use.
type Observer struct {
	api   API
	nodes map[string]*link
	names []string

	mu      sync.Mutex
	history []api.Event
	wakers  map[chan struct{}]struct{}
}

// New returns an observer of a cluster's nodes. A node is dialled when it is
// first asked, and again when its nodeprobe was lost.
func New(api API, nodes []string, dial Dialer) *Observer {
	o := &Observer{api: api, names: nodes, nodes: map[string]*link{}, wakers: map[chan struct{}]struct{}{}}
	for _, name := range nodes {
		o.nodes[name] = &link{node: name, dial: dial, onEvent: o.record}
	}
	return o
}

// Close ends every nodeprobe that this observer opened.
func (o *Observer) Close() error {
	var errs []error
	for _, l := range o.nodes {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}

// World takes one picture. It has no error: what could not be had is missing
// from the picture and said in its Missing.
func (o *Observer) World(ctx context.Context, scope Scope) *world.World {
	// A node may have to end the picture before.
	inTurn, done := context.WithTimeoutCause(ctx, 2*askWithin, errSilent)
	defer done()
	ctx, cancel := context.WithTimeoutCause(ctx, askWithin, errSilent)
	defer cancel()
	in := input{scope: scope, nodes: o.names, snapshots: map[string]*api.Snapshot{}, nodeErrors: map[string]error{}}
	var wg sync.WaitGroup
	var mu sync.Mutex
	wg.Go(func() { in.pods, in.podsError = fromServer(o.api.Pods(ctx, "")) })
	wg.Go(func() { in.events, in.eventsError = fromServer(o.api.Events(ctx, scope.KubeNamespace)) })
	for _, name := range o.names {
		wg.Go(func() {
			snapshot, err := o.nodes[name].snapshot(inTurn, scope.KubeNamespace)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				in.nodeErrors[name] = err
				return
			}
			in.snapshots[name] = snapshot
		})
	}
	wg.Wait()
	o.mu.Lock()
	in.history = append(in.history, o.history...)
	o.mu.Unlock()
	w := join(in)
	w.TakenAt = time.Now()
	return w
}

// fromServer says who it was that gave no answer.
func fromServer[T any](answer T, err error) (T, error) {
	if err != nil {
		err = fmt.Errorf("ask the API server: %w", err)
	}
	return answer, err
}

// Signal sends a signal to a process of a picture, and to no other that may
// have got its pid since; it returns when it was sent, on the node's clock in
// nanoseconds since 1970. The error is [client.ErrGone] when the process is no
// more.
func (o *Observer) Signal(ctx context.Context, node string, p *world.Process, sig syscall.Signal) (int64, error) {
	l, ok := o.nodes[node]
	if !ok {
		return 0, fmt.Errorf("signal pid %d: the cluster has no node %q", p.PID, node)
	}
	c, err := l.client(ctx)
	if err != nil {
		return 0, err
	}
	return c.Signal(ctx, p.PID, p.StartTicks, sig)
}

// Follow opens every node's nodeprobe, so that the timeline begins now. A node
// that can't be reached is left for the pictures to report.
func (o *Observer) Follow(ctx context.Context) {
	var wg sync.WaitGroup
	for _, l := range o.nodes {
		wg.Go(func() { _, _ = l.client(ctx) })
	}
	wg.Wait()
}

// Changes returns a channel that has a value after something happened on a
// node since it was last read; stop releases it.
func (o *Observer) Changes() (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	o.mu.Lock()
	o.wakers[ch] = struct{}{}
	o.mu.Unlock()
	return ch, func() {
		o.mu.Lock()
		delete(o.wakers, ch)
		o.mu.Unlock()
	}
}

func (o *Observer) record(e api.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.history = append(o.history, e)
	for ch := range o.wakers {
		select {
		case ch <- struct{}{}:
		default: // one value stands for any number of changes
		}
	}
}

// A link is the way to one node: opened when needed, and again when lost.
type link struct {
	node    string
	dial    Dialer
	onEvent func(api.Event)
	shared  shared

	mu   sync.Mutex
	open *client.Client
}

func (l *link) client(ctx context.Context) (*client.Client, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open != nil {
		select {
		case <-l.open.Done():
			l.open = nil
		default:
			return l.open, nil
		}
	}
	c, err := l.dial(ctx, l.node, l.onEvent)
	if err != nil {
		return nil, err
	}
	l.open = c
	return c, nil
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

func (l *link) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil {
		return nil
	}
	c := l.open
	l.open = nil
	return c.Close()
}
