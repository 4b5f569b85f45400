package kube

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Delete deletes an object and everything that it owns, and returns when the object is
// gone. An object that does not exist is not an error. kind is a name that kubectl
// accepts (Pod, pod, deployment). If graceSeconds is nil, a pod has the grace period of
// its spec. If graceSeconds is 0, the API removes the pod at once, while its processes
// may still run.
func (c *Client) Delete(ctx context.Context, kubeNamespace, kind, name string, graceSeconds *int64) error {
	doing := fmt.Sprintf("delete %s %s", strings.ToLower(kind), name)
	found, err := lookUp(ctx, func() (schema.GroupVersionResource, error) {
		return c.mapper.ResourceFor(schema.GroupVersionResource{Resource: strings.ToLower(kind)})
	})
	if meta.IsNoMatchError(err) {
		return fmt.Errorf("%s: the cluster has no kind %s", doing, kind)
	}
	if err != nil {
		return c.explain(ctx, doing, err)
	}
	resource := c.dynamic.Resource(found).Namespace(kubeNamespace)

	var object *unstructured.Unstructured
	err = c.call(ctx, doing, func(ctx context.Context) (err error) {
		if object, err = resource.Get(ctx, name, metav1.GetOptions{}); err != nil {
			return err
		}
		return resource.Delete(ctx, name, deleteOptions(object, graceSeconds))
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.awaitGone(ctx, resource, object)
}

// deleteOptions makes the API delete an object's dependents before the object, so that
// both are gone when the object is gone. A pod has no dependents, so foreground
// deletion would only wait for the garbage collector.
func deleteOptions(object *unstructured.Unstructured, graceSeconds *int64) metav1.DeleteOptions {
	uid := object.GetUID()
	propagation := metav1.DeletePropagationForeground
	if object.GetKind() == "Pod" {
		propagation = metav1.DeletePropagationBackground
	}
	return metav1.DeleteOptions{
		GracePeriodSeconds: graceSeconds,
		PropagationPolicy:  &propagation,
		Preconditions:      &metav1.Preconditions{UID: &uid},
	}
}
