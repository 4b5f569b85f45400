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

// Delete deletes an object and returns when it is gone; that there was none is
// not an error. kind is as kubectl takes it (Pod, pod, deployment). What the
// object owns goes first. graceSeconds nil leaves a pod the time that its spec
// gives it; 0 removes it from the API at once, while its node may still be
// ending its processes.
func (c *Client) Delete(ctx context.Context, kubeNamespace, kind, name string, graceSeconds *int64) error {
	doing := fmt.Sprintf("delete %s %s", strings.ToLower(kind), name)
	found, err := lookUp(ctx, func() (schema.GroupVersionResource, error) {
		return c.mapper.ResourceFor(schema.GroupVersionResource{Resource: strings.ToLower(kind)})
	})
	if meta.IsNoMatchError(err) {
		return fmt.Errorf("%s: the cluster knows no kind %s", doing, kind)
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

// deleteOptions has what the object owns deleted before it, so that its being
// gone means that they are, too. A pod owns nothing, and would only wait for
// the garbage collector to find that out.
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
