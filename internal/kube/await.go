package kube

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// A collection is what can be listed and watched.
type collection struct {
	list  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// await returns when satisfied says that the collection is as wanted: asked
// once now, and again after every change that the server tells of. While it is
// not, satisfied says what is still missing, for the error when ctx ends first.
func (c *Client) await(ctx context.Context, what string, of collection, options metav1.ListOptions,
	satisfied func([]runtime.Object) (missing string),
) error {
	missing := "nothing is known yet"
	for {
		var list runtime.Object
		err := c.call(ctx, "wait for "+what, func(ctx context.Context) (err error) {
			list, err = of.list(ctx, options)
			return err
		})
		if ctx.Err() != nil {
			return fmt.Errorf("wait for %s: %s: %w", what, missing, context.Cause(ctx))
		}
		if err != nil {
			return err
		}
		items, err := meta.ExtractList(list)
		if err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
		if missing = satisfied(items); missing == "" {
			return nil
		}
		if err := c.awaitChange(ctx, what, of, options, list); err != nil {
			return err
		}
	}
}

// awaitChange returns at the first change after list, when the watch expires,
// and when ctx ends.
func (c *Client) awaitChange(ctx context.Context, what string, of collection, options metav1.ListOptions, list runtime.Object) error {
	version, err := meta.NewAccessor().ResourceVersion(list)
	if err != nil {
		return fmt.Errorf("wait for %s: %w", what, err)
	}
	options.ResourceVersion = version
	changes, err := of.watch(ctx, options)
	if err != nil {
		if ctx.Err() != nil {
			return nil // await knows best what was missing
		}
		return c.explain(ctx, "wait for "+what, err)
	}
	defer changes.Stop()
	select {
	case <-changes.ResultChan():
	case <-ctx.Done():
	}
	return nil
}

// awaitGone waits until that very object is no more; another one of its name
// does not count.
func (c *Client) awaitGone(ctx context.Context, resource dynamic.ResourceInterface, object *unstructured.Unstructured) error {
	named := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, object.GetName()).String()}
	what := fmt.Sprintf("%s %s to be gone", object.GetKind(), object.GetName())
	return c.await(ctx, what, dynamicCollection(resource), named, func(items []runtime.Object) string {
		for _, item := range items {
			left, ok := item.(metav1.Object)
			if ok && left.GetUID() == object.GetUID() {
				return fmt.Sprintf("it is still there (finalizers %q)", left.GetFinalizers())
			}
		}
		return ""
	})
}

func dynamicCollection(resource dynamic.ResourceInterface) collection {
	return collection{
		list: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return resource.List(ctx, options)
		},
		watch: resource.Watch,
	}
}
