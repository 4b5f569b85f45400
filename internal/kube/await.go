package kube

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// retryInterval is the time between a failed request and its retry.
const retryInterval = 250 * time.Millisecond

// A collection is a set of objects that can be listed and watched.
type collection struct {
	list  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// await waits until satisfied accepts the collection. It calls satisfied at the start
// and after every change. satisfied returns what is still missing, "" for nothing.
//
// await retries failed requests until ctx ends, because a slow cluster is not broken.
// After a timeout, the error contains what was missing and the error of the last
// request.
func (c *Client) await(ctx context.Context, what string, of collection, options metav1.ListOptions,
	satisfied func([]runtime.Object) (missing string),
) error {
	missing := "no answer from the API server yet"
	var last error
	for {
		var list runtime.Object
		err := c.call(ctx, "wait for "+what, func(ctx context.Context) (err error) {
			list, err = of.list(ctx, options)
			return err
		})
		if err == nil {
			var items []runtime.Object
			if items, err = meta.ExtractList(list); err != nil {
				return fmt.Errorf("wait for %s: %w", what, err)
			}
			if missing = satisfied(items); missing == "" {
				return nil
			}
			err = c.awaitChange(ctx, what, of, options, list)
		}
		if ctx.Err() != nil {
			return errors.Join(fmt.Errorf("wait for %s: %s: %w", what, missing, context.Cause(ctx)), last)
		}
		last = err
		if err == nil {
			continue
		}
		if _, unreachable := errors.AsType[*UnreachableError](err); !unreachable {
			return err
		}
		select {
		case <-time.After(retryInterval):
		case <-ctx.Done():
		}
	}
}

// awaitChange waits for the first change after list, for the end of the watch or for
// the end of ctx.
func (c *Client) awaitChange(ctx context.Context, what string, of collection, options metav1.ListOptions, list runtime.Object) error {
	version, err := meta.NewAccessor().ResourceVersion(list)
	if err != nil {
		return fmt.Errorf("wait for %s: %w", what, err)
	}
	options.ResourceVersion = version
	changes, err := of.watch(ctx, options)
	if err != nil {
		return c.explain(ctx, "wait for "+what, err)
	}
	defer changes.Stop()
	select {
	case <-changes.ResultChan():
	case <-ctx.Done():
	}
	return nil
}

// awaitGone waits until the API no longer has the object. A new object of the same
// name counts as gone.
func (c *Client) awaitGone(ctx context.Context, resource dynamic.ResourceInterface, object *unstructured.Unstructured) error {
	named := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, object.GetName()).String()}
	what := fmt.Sprintf("%s %s to be gone", object.GetKind(), object.GetName())
	return c.await(ctx, what, newCollection(resource), named, func(items []runtime.Object) string {
		for _, item := range items {
			left, ok := item.(metav1.Object)
			if ok && left.GetUID() == object.GetUID() {
				return fmt.Sprintf("it is still there (finalizers %q)", left.GetFinalizers())
			}
		}
		return ""
	})
}

// newCollection returns the collection of a typed, dynamic or metadata client.
func newCollection[L runtime.Object](of interface {
	List(ctx context.Context, options metav1.ListOptions) (L, error)
	Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
},
) collection {
	return collection{
		list: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return of.List(ctx, options)
		},
		watch: of.Watch,
	}
}
