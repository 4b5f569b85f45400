package observe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podlab/internal/kube"
	"podlab/internal/node"
	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/client"
	"podlab/internal/world"
)

// pictureTimeout bounds one picture: a paused node or a stopped API server must
// become a missing fact, not a hanging command.
const pictureTimeout = 5 * time.Second

var errPictureTimeout = fmt.Errorf("no answer within %s", pictureTimeout)

// Config is what an observer needs of a cluster.
type Config struct {
	Kube *kube.Client
	// Cluster is the cluster's name, the prefix of its nodes' names.
	Cluster string
	// Nodes are the nodes' full names.
	Nodes []string
	// Node returns the runner of commands in a node.
	Node func(name string) node.Runner
	// Nodeprobe is nodeprobe's binary for the nodes.
	Nodeprobe []byte
	// Inspect returns the engine's description of a node's container, decoded from
	// JSON.
	Inspect func(ctx context.Context, node string) (map[string]any, error)
}

// An Observer observes one cluster. It is safe for concurrent use.
type Observer struct {
	Config
	watch *kube.Watch
	links map[string]*link
	stop  context.CancelFunc

	mu          sync.Mutex
	history     []api.Event
	subscribers map[chan struct{}]string // the kube namespace that each one follows
}

// New returns an observer and starts to follow the API server. The observer opens
// a node's nodeprobe at the first request to that node, and reopens it after the
// connection was lost. The observer works until Close, even after ctx has ended,
// because cleaning up after an interrupt needs it.
func New(ctx context.Context, config Config) *Observer {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	o := &Observer{Config: config, stop: stop, links: map[string]*link{}, subscribers: map[chan struct{}]string{}}
	o.watch = config.Kube.Watch(running, o.wake)
	for _, name := range config.Nodes {
		o.links[name] = newLink(running, name, func(ctx context.Context) (*client.Client, error) {
			return client.Dial(ctx, config.Node(name), config.Nodeprobe, o.record)
		})
	}
	return o
}

// Close stops following the API server and ends every nodeprobe that the observer
// opened.
func (o *Observer) Close() error {
	o.stop()
	var errs []error
	for _, l := range o.links {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}

// World takes one picture. It returns no error: the picture's Missing lists every
// fact that it could not observe, with the reason.
func (o *Observer) World(ctx context.Context, scope world.Scope) *world.World {
	// The node may have to finish an earlier snapshot first.
	nodesCtx, done := context.WithTimeoutCause(ctx, 2*pictureTimeout, errPictureTimeout)
	defer done()
	ctx, cancel := context.WithTimeoutCause(ctx, pictureTimeout, errPictureTimeout)
	defer cancel()
	in := input{scope: scope, nodes: o.Nodes, snapshots: map[string]*api.Snapshot{}, nodeErrors: map[string]error{}}
	var wg sync.WaitGroup
	var mu sync.Mutex
	wg.Go(func() { o.readAPI(ctx, &in) })
	for _, name := range o.Nodes {
		wg.Go(func() {
			snapshot, err := o.links[name].snapshot(nodesCtx, scope.KubeNamespace)
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

// readAPI adds the pods and events from the API server.
func (o *Observer) readAPI(ctx context.Context, in *input) {
	var stale error
	if !in.scope.Cached {
		stale = o.watch.Sync(ctx, in.scope.KubeNamespace)
	}
	in.pods, in.podsError = fresh(stale, func() ([]*corev1.Pod, error) { return o.watch.Pods(ctx) })
	in.events, in.eventsError = fresh(stale, func() ([]*corev1.Event, error) { return o.watch.Events(ctx, in.scope.KubeNamespace) })
}

func fresh[T any](stale error, read func() (T, error)) (objects T, err error) {
	if err = stale; err == nil {
		objects, err = read()
	}
	if err != nil {
		err = fmt.Errorf("ask the API server: %w", err)
	}
	return objects, err
}

// Signal sends a signal to a process of a picture and returns the time it was
// sent, on the node's clock in nanoseconds since 1970. If the process no longer
// exists, the error is [client.ErrGone], even if another process has its pid now.
func (o *Observer) Signal(ctx context.Context, node string, p *world.Process, sig syscall.Signal) (int64, error) {
	l, ok := o.links[node]
	if !ok {
		return 0, fmt.Errorf("signal pid %d: the cluster has no node %q", p.PID, node)
	}
	c, err := l.client(ctx)
	if err != nil {
		return 0, err
	}
	return c.Signal(ctx, p.PID, p.StartTicks, sig)
}

// Follow opens every node's nodeprobe, so that the timeline begins now. It ignores
// errors, because pictures report them.
func (o *Observer) Follow(ctx context.Context) {
	var wg sync.WaitGroup
	for _, l := range o.links {
		wg.Go(func() { _, _ = l.client(ctx) })
	}
	wg.Wait()
}

// Changes returns a channel that receives a value after something changed in a
// kube namespace, or after the API server became unreachable or reachable again. One
// value can stand for many changes. stop ends the subscription.
func (o *Observer) Changes(kubeNamespace string) (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	o.mu.Lock()
	o.subscribers[ch] = kubeNamespace
	o.mu.Unlock()
	return ch, func() {
		o.mu.Lock()
		delete(o.subscribers, ch)
		o.mu.Unlock()
	}
}

// record adds an event of a node to the history.
func (o *Observer) record(e api.Event) {
	o.mu.Lock()
	o.history = append(o.history, e)
	o.mu.Unlock()
	o.wake(e.KubeNamespace)
}

// wake notifies the subscribers of a kube namespace, or all subscribers for "".
func (o *Observer) wake(kubeNamespace string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for ch, of := range o.subscribers {
		if kubeNamespace != "" && of != kubeNamespace {
			continue
		}
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}
