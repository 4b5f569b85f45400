package kube

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"
)

// A Watch follows the pods and events of one kube namespace.
type Watch struct {
	pods, events *followed
}

// Watch follows the pods and events of a kube namespace until ctx ends, and
// calls onChange, from goroutines of its own, after every change of them and
// whenever the API server can't be reached any more or can be reached again.
// It outlives what ends a single watch: expiry, a restart of the server.
func (c *Client) Watch(ctx context.Context, kubeNamespace string, onChange func()) *Watch {
	pods, events := c.typed.CoreV1().Pods(kubeNamespace), c.typed.CoreV1().Events(kubeNamespace)
	return &Watch{
		pods: follow(ctx, onChange, &corev1.Pod{}, collection{
			list: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
				return pods.List(ctx, options)
			},
			watch: pods.Watch,
		}),
		events: follow(ctx, onChange, &corev1.Event{}, collection{
			list: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
				return events.List(ctx, options)
			},
			watch: events.Watch,
		}),
	}
}

// Err returns why what is followed may be out of date: an *[UnreachableError],
// or nil when all is well.
func (w *Watch) Err() error {
	if err := w.pods.err(); err != nil {
		return err
	}
	return w.events.err()
}

// Pods returns the pods as the server last told of them, or why they may be out
// of date. That is the moment of the last change at the latest, which is good to
// wait by; a verdict wants [Client.Pods]. The pods are shared: they must not be
// changed.
func (w *Watch) Pods(ctx context.Context) ([]*corev1.Pod, error) {
	return current[*corev1.Pod](ctx, w.pods)
}

// Events is Pods for the events, in no order.
func (w *Watch) Events(ctx context.Context) ([]*corev1.Event, error) {
	return current[*corev1.Event](ctx, w.events)
}

// followed is a local copy of a collection.
type followed struct {
	cache.Store
	onChange func()
	tried    chan struct{} // closed when the copy was filled, or could not be, for the first time
	try      sync.Once

	mu      sync.Mutex
	filled  bool
	failure error
}

// follow keeps a copy of the collection up to date until ctx ends.
func follow(ctx context.Context, onChange func(), of runtime.Object, from collection) *followed {
	f := &followed{Store: cache.NewStore(cache.MetaNamespaceKeyFunc), onChange: onChange, tried: make(chan struct{})}
	lister := &cache.ListWatch{ListWithContextFunc: from.list, WatchFuncWithContext: from.watch}
	// The usual pauses of up to 30 s between attempts protect a server from a
	// thousand clients; here is one, and a learner who waits.
	reflector := cache.NewReflectorWithOptions(lister, of, f, cache.ReflectorOptions{
		Backoff: &wait.Backoff{Duration: 100 * time.Millisecond, Factor: 1.5, Cap: time.Second, Steps: 10},
	})
	go reflector.RunWithContext(withFollower(ctx, f.note))
	return f
}

// note takes how the last request went. Only filling the copy makes up for a
// failure to do so.
func (f *followed) note(err error) {
	f.mu.Lock()
	if err == nil && !f.filled {
		f.mu.Unlock()
		return
	}
	changed := (f.failure == nil) != (err == nil)
	f.failure = err
	f.mu.Unlock()
	f.try.Do(func() { close(f.tried) })
	if changed {
		f.onChange()
	}
}

func (f *followed) err() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failure
}

// Add, Update, Delete and Replace are the reflector's: they change the copy and
// tell of it.

func (f *followed) Add(object any) error    { return f.changed(f.Store.Add(object)) }
func (f *followed) Update(object any) error { return f.changed(f.Store.Update(object)) }
func (f *followed) Delete(object any) error { return f.changed(f.Store.Delete(object)) }
func (f *followed) Replace(objects []any, version string) error {
	err := f.Store.Replace(objects, version)
	f.mu.Lock()
	f.filled = true
	f.mu.Unlock()
	f.note(err)
	return f.changed(err)
}

func (f *followed) changed(err error) error {
	f.onChange()
	return err
}

// current returns the copy once it is filled, or why it is not up to date.
func current[T any](ctx context.Context, f *followed) ([]T, error) {
	select {
	case <-f.tried:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	objects := f.List()
	all := make([]T, 0, len(objects))
	for _, object := range objects {
		if object, ok := object.(T); ok {
			all = append(all, object)
		}
	}
	return all, nil
}
