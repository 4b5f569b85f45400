package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The label on every kube namespace that podlab created.
const (
	managedByLabel = "app.kubernetes.io/managed-by"
	managedBy      = "podlab"
)

// ErrNotOurs is returned for a kube namespace that podlab did not create.
var ErrNotOurs = errors.New("podlab did not create it and leaves it alone")

// EnsureNamespace creates a kube namespace with these labels and podlab's own, and
// returns when it accepts pods. It reuses a kube namespace that podlab created
// before, and updates its labels. If the kube namespace exists and podlab did not
// create it, the error is [ErrNotOurs].
func (c *Client) EnsureNamespace(ctx context.Context, name string, labels map[string]string) error {
	wanted := map[string]string{managedByLabel: managedBy}
	maps.Copy(wanted, labels)
	namespaces := c.typed.CoreV1().Namespaces()
	found, err := c.ownNamespace(ctx, name)
	switch {
	case apierrors.IsNotFound(err):
		err = c.call(ctx, "create kube namespace "+name, func(ctx context.Context) error {
			_, err := namespaces.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: wanted}},
				metav1.CreateOptions{FieldManager: fieldManager})
			return err
		})
	case err == nil && !contains(found.Labels, wanted):
		maps.Copy(found.Labels, wanted)
		err = c.call(ctx, "label kube namespace "+name, func(ctx context.Context) error {
			_, err := namespaces.Update(ctx, found, metav1.UpdateOptions{FieldManager: fieldManager})
			return err
		})
	}
	if err != nil {
		return err
	}
	return c.AwaitServiceAccount(ctx, name)
}

// ClusterUID returns the UID of the kube namespace kube-system, which identifies a
// cluster for as long as it exists.
func (c *Client) ClusterUID(ctx context.Context) (string, error) {
	var found *corev1.Namespace
	err := c.call(ctx, "get kube namespace "+metav1.NamespaceSystem, func(ctx context.Context) (err error) {
		found, err = c.typed.CoreV1().Namespaces().Get(ctx, metav1.NamespaceSystem, metav1.GetOptions{})
		return err
	})
	if err != nil {
		return "", err
	}
	return string(found.UID), nil
}

// DeleteNamespace starts to delete a kube namespace with all its objects; the server
// finishes later. A kube namespace that does not exist is not an error. The error is
// [ErrNotOurs] for a kube namespace that podlab did not create.
func (c *Client) DeleteNamespace(ctx context.Context, name string) error {
	_, err := c.ownNamespace(ctx, name)
	if err == nil {
		err = c.call(ctx, "delete kube namespace "+name, func(ctx context.Context) error {
			return c.typed.CoreV1().Namespaces().Delete(ctx, name, metav1.DeleteOptions{})
		})
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// ownNamespace returns a kube namespace that podlab created. If the kube namespace is
// being deleted, ownNamespace waits for the end of the deletion and returns a NotFound
// error.
func (c *Client) ownNamespace(ctx context.Context, name string) (*corev1.Namespace, error) {
	var found *corev1.Namespace
	err := c.call(ctx, "get kube namespace "+name, func(ctx context.Context) (err error) {
		found, err = c.typed.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case found.Labels[managedByLabel] != managedBy:
		return nil, fmt.Errorf("kube namespace %s: %w", name, ErrNotOurs)
	case found.DeletionTimestamp == nil:
		return found, nil
	}
	gone := &unstructured.Unstructured{}
	gone.SetKind("Namespace")
	gone.SetName(name)
	gone.SetUID(found.UID)
	if err := c.awaitGone(ctx, c.dynamic.Resource(corev1.SchemeGroupVersion.WithResource("namespaces")), gone); err != nil {
		return nil, err
	}
	return nil, apierrors.NewNotFound(schema.GroupResource{Resource: "namespaces"}, name)
}

// serviceAccountTimeout bounds waiting for the controller manager.
const serviceAccountTimeout = 5 * time.Minute

// AwaitServiceAccount waits until the controller manager has created the kube
// namespace's default service account. The API server refuses pods before that.
func (c *Client) AwaitServiceAccount(ctx context.Context, kubeNamespace string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, serviceAccountTimeout, fmt.Errorf("timed out after %s", serviceAccountTimeout))
	defer cancel()
	accounts := c.typed.CoreV1().ServiceAccounts(kubeNamespace)
	of := newCollection(accounts)
	named := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, "default").String()}
	return c.await(ctx, "the service account of kube namespace "+kubeNamespace, of, named, func(items []runtime.Object) string {
		if len(items) == 0 {
			return "the controller manager has not created it"
		}
		return ""
	})
}

func contains(all, some map[string]string) bool {
	for key, value := range some {
		if all[key] != value {
			return false
		}
	}
	return true
}
