package kube

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// selectors select, by resource, the objects to delete: all but the objects that the
// controller manager creates in every kube namespace and would create again.
var selectors = map[string]string{
	"serviceaccounts": metav1.ObjectNameField + "!=default",
	"configmaps":      metav1.ObjectNameField + "!=kube-root-ca.crt",
}

// Reset deletes all objects in a kube namespace that podlab created, and waits until
// they are gone, except events. Pods get no grace period. Reset keeps the kube
// namespace itself, because deleting it takes seconds. A kube namespace that does not
// exist is not an error. The error is [ErrNotOurs] for a kube namespace that podlab did
// not create.
func (c *Client) Reset(ctx context.Context, kubeNamespace string) error {
	if _, err := c.ownNamespace(ctx, kubeNamespace); apierrors.IsNotFound(err) {
		return nil
	} else if err != nil {
		return err
	}
	resources, err := c.deletable(ctx)
	if err != nil {
		return err
	}
	// Delete controllers first, because they would replace deleted objects.
	controllers, rest := partition(resources, func(r schema.GroupVersionResource) bool {
		return r.Group == "apps" || r.Group == "batch" || r.Resource == "replicationcontrollers"
	})
	for _, resources := range [][]schema.GroupVersionResource{controllers, rest} {
		all, ctx := errgroup.WithContext(ctx)
		for _, resource := range resources {
			all.Go(func() error { return c.clear(ctx, resource, kubeNamespace) })
		}
		if err := all.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// deletable returns the namespaced resources that support deletecollection, each in
// the server's preferred version.
func (c *Client) deletable(ctx context.Context) ([]schema.GroupVersionResource, error) {
	lists, err := lookUp(ctx, func() ([]*metav1.APIResourceList, error) {
		return discovery.ServerPreferredNamespacedResources(c.discovery)
	})
	if err != nil {
		return nil, c.explain(ctx, "discover the cluster's resources", err)
	}
	verbs := discovery.SupportsAllVerbs{Verbs: []string{"deletecollection", "list", "watch"}}
	byName, err := discovery.GroupVersionResources(discovery.FilteredBy(verbs, lists))
	if err != nil {
		return nil, fmt.Errorf("discover the cluster's resources: %w", err)
	}
	resources := make([]schema.GroupVersionResource, 0, len(byName))
	for resource := range byName {
		resources = append(resources, resource)
	}
	return resources, nil
}

// clear deletes all objects of one resource in the kube namespace and waits until
// they are gone. It does not wait for events.
func (c *Client) clear(ctx context.Context, resource schema.GroupVersionResource, kubeNamespace string) error {
	what := resource.Resource + " in " + kubeNamespace
	objects := c.metadata.Resource(resource).Namespace(kubeNamespace)
	options := metav1.ListOptions{FieldSelector: selectors[resource.Resource]}
	of := newCollection(objects)
	var found runtime.Object
	err := c.call(ctx, "list "+what, func(ctx context.Context) (err error) {
		found, err = of.list(ctx, options)
		return err
	})
	if err != nil || meta.LenList(found) == 0 {
		return err
	}
	noGrace, background := int64(0), metav1.DeletePropagationBackground
	err = c.call(ctx, "delete "+what, func(ctx context.Context) error {
		return objects.DeleteCollection(ctx, metav1.DeleteOptions{GracePeriodSeconds: &noGrace, PropagationPolicy: &background}, options)
	})
	if err != nil || resource.Resource == "events" {
		return err // deleted pods cause new events
	}
	return c.await(ctx, what+" to be gone", of, options, func(items []runtime.Object) string {
		if len(items) == 0 {
			return ""
		}
		return fmt.Sprintf("%d left", len(items))
	})
}

func partition[T any](all []T, in func(T) bool) (yes, no []T) {
	yes = slices.DeleteFunc(slices.Clone(all), func(t T) bool { return !in(t) })
	no = slices.DeleteFunc(slices.Clone(all), in)
	return yes, no
}
