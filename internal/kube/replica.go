package kube

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/cache"
)

// A replica is a local copy of a collection that a reflector keeps up to date.
type replica struct {
	cache.Indexer
	onChange func(kubeNamespace string)
	// tried is closed once the replica is filled or a request has failed.
	tried chan struct{}
	once  sync.Once // closes tried

	mu      sync.Mutex
	filled  bool
	failure error
	version string        // newest resource version seen, deletions included
	next    chan struct{} // closed at the next change
}

// startReplica starts a replica and keeps it up to date until ctx ends.
func startReplica(ctx context.Context, onChange func(kubeNamespace string), of runtime.Object, from collection) *replica {
	r := &replica{
		Indexer:  cache.NewIndexer(cache.MetaNamespaceKeyFunc, cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}),
		onChange: onChange, tried: make(chan struct{}), next: make(chan struct{}),
	}
	list := func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		if options.ResourceVersion == "0" {
			options.ResourceVersion = "" // "0" accepts a list of any age
		}
		return from.list(ctx, options)
	}
	lister := &cache.ListWatch{ListWithContextFunc: list, WatchFuncWithContext: from.watch}
	// client-go's default back-off of up to 30 s protects a server from thousands of
	// clients. podlab is a single client, and a learner is waiting.
	reflector := cache.NewReflectorWithOptions(lister, of, r, cache.ReflectorOptions{
		Backoff: &wait.Backoff{Duration: 100 * time.Millisecond, Factor: 1.5, Cap: time.Second, Steps: 10},
	})
	go reflector.RunWithContext(withReport(ctx, r.note))
	return r
}

// note records the result of the last request. Before the replica is filled, a
// successful request does not clear an earlier failure.
func (r *replica) note(err error) {
	r.mu.Lock()
	if err == nil && !r.filled {
		r.mu.Unlock()
		return
	}
	changed := (r.failure == nil) != (err == nil)
	r.failure = err
	r.mu.Unlock()
	r.once.Do(func() { close(r.tried) })
	if changed {
		r.notify("")
	}
}

func (r *replica) err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failure
}

// changed returns a channel that is closed at the next change.
func (r *replica) changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.next
}

// notify reports a change to all waiting callers and to onChange.
func (r *replica) notify(kubeNamespace string) {
	r.mu.Lock()
	close(r.next)
	r.next = make(chan struct{})
	r.mu.Unlock()
	r.onChange(kubeNamespace)
}

// Add, Update, Delete and Replace implement [cache.ReflectorStore].

func (r *replica) Add(object any) error    { return r.change(object, r.Indexer.Add(object)) }
func (r *replica) Update(object any) error { return r.change(object, r.Indexer.Update(object)) }
func (r *replica) Delete(object any) error { return r.change(object, r.Indexer.Delete(object)) }
func (r *replica) Replace(objects []any, version string) error {
	err := r.Indexer.Replace(objects, version)
	r.mu.Lock()
	r.filled = true
	r.version = version
	r.mu.Unlock()
	r.note(err)
	r.notify("")
	return err
}

func (r *replica) change(object any, err error) error {
	accessor, accessErr := meta.Accessor(object)
	if accessErr != nil {
		return accessErr
	}
	r.mu.Lock()
	if newer(accessor.GetResourceVersion(), r.version) {
		r.version = accessor.GetResourceVersion()
	}
	r.mu.Unlock()
	r.notify(accessor.GetNamespace())
	return err
}

// includes reports whether the replica has every change that a list of the same
// collection has, or of one kube namespace of it. The server sends changes in order, so one change after the
// list proves it; without one, the objects must be the same.
func (r *replica) includes(list *metav1.PartialObjectMetadataList, kubeNamespace string) bool {
	r.mu.Lock()
	version := r.version
	r.mu.Unlock()
	if !newer(list.ResourceVersion, version) {
		return true
	}
	objects := r.List()
	if kubeNamespace != metav1.NamespaceAll {
		var err error
		if objects, err = r.ByIndex(cache.NamespaceIndex, kubeNamespace); err != nil {
			return false
		}
	}
	if len(objects) != len(list.Items) {
		return false
	}
	versions := make(map[string]string, len(objects))
	for _, object := range objects {
		if accessor, err := meta.Accessor(object); err == nil {
			versions[string(accessor.GetUID())] = accessor.GetResourceVersion()
		}
	}
	for i := range list.Items {
		if versions[string(list.Items[i].UID)] != list.Items[i].ResourceVersion {
			return false
		}
	}
	return true
}

// newer reports whether resource version a is newer than b, where "" is the
// oldest. Versions that can't be compared count as newer.
func newer(a, b string) bool {
	order, err := resourceversion.CompareResourceVersion(a, b)
	return err != nil || order > 0
}

// all returns all objects. It waits until the replica is filled or a request has
// failed. The error says why the replica is not up to date.
func (r *replica) all(ctx context.Context) ([]any, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	return r.List(), nil
}

// in is like all, for one kube namespace.
func (r *replica) in(ctx context.Context, kubeNamespace string) ([]any, error) {
	if err := r.ready(ctx); err != nil {
		return nil, err
	}
	return r.ByIndex(cache.NamespaceIndex, kubeNamespace)
}

func (r *replica) ready(ctx context.Context) error {
	select {
	case <-r.tried:
		return r.err()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
