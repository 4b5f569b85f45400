package kube

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Watch is a local copy of a cluster's pods and events that follows the API server.
// It survives the end of single watch requests, for example when the server restarts.
type Watch struct {
	client       *Client
	pods, events *replica
}

// Watch follows the pods and events of all kube namespaces until ctx ends. It
// calls onChange from its own goroutines after every change, with the kube
// namespace of the changed object. When the API server becomes unreachable, or
// reachable again, it calls onChange with "".
func (c *Client) Watch(ctx context.Context, onChange func(kubeNamespace string)) *Watch {
	pods, events := c.typed.CoreV1().Pods(""), c.typed.CoreV1().Events("")
	return &Watch{
		client: c,
		pods:   startReplica(ctx, onChange, &corev1.Pod{}, newCollection(pods)),
		events: startReplica(ctx, onChange, &corev1.Event{}, newCollection(events)),
	}
}

// Err returns why the copy may be out of date: an *[UnreachableError], or nil
// while the server answers.
func (w *Watch) Err() error {
	if err := w.pods.err(); err != nil {
		return err
	}
	return w.events.err()
}

// Pods returns the pods of all kube namespaces, in no particular order. They include at
// least every change that podlab received before the call. Call [Watch.Sync] first to
// include every change that the server has made. Callers share the pods and must not
// modify them.
func (w *Watch) Pods(ctx context.Context) ([]*corev1.Pod, error) {
	objects, err := w.pods.all(ctx)
	return typed[*corev1.Pod](objects), explainWatch("pods", err)
}

// Events returns the events of one kube namespace, oldest first by the time they
// last happened. Callers share the events and must not modify them.
func (w *Watch) Events(ctx context.Context, kubeNamespace string) ([]*corev1.Event, error) {
	objects, err := w.events.in(ctx, kubeNamespace)
	events := typed[*corev1.Event](objects)
	sortEvents(events)
	return events, explainWatch("events in "+kubeNamespace, err)
}

func explainWatch(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("watch %s: %w", what, err)
}

func typed[T any](objects []any) []T {
	all := make([]T, 0, len(objects))
	for _, object := range objects {
		if object, ok := object.(T); ok {
			all = append(all, object)
		}
	}
	return all
}

// Sync waits until the copy of all pods, and of the events of one kube namespace,
// includes every change that the server had made before the call. It requests only
// metadata.
func (w *Watch) Sync(ctx context.Context, kubeNamespace string) error {
	if err := w.sync(ctx, w.pods, "pods", metav1.NamespaceAll); err != nil {
		return err
	}
	return w.sync(ctx, w.events, "events", kubeNamespace)
}

func (w *Watch) sync(ctx context.Context, r *replica, resource, kubeNamespace string) error {
	var now *metav1.PartialObjectMetadataList
	err := w.client.call(ctx, "list the metadata of "+resource, func(ctx context.Context) (err error) {
		of := w.client.metadata.Resource(corev1.SchemeGroupVersion.WithResource(resource)).Namespace(kubeNamespace)
		now, err = of.List(ctx, metav1.ListOptions{})
		return err
	})
	if err != nil {
		return err
	}
	for {
		changed := r.changed()
		if err := r.err(); err != nil {
			return explainWatch(resource, err)
		}
		if r.includes(now, kubeNamespace) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("watch %s: the watch lags behind the API server: %w", resource, context.Cause(ctx))
		}
	}
}
