package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The label that says whose a kube namespace is.
const (
	managedByLabel = "app.kubernetes.io/managed-by"
	managedBy      = "podlab"
)

// ErrNotOurs says that a kube namespace was not made by podlab, which leaves
// such ones alone.
var ErrNotOurs = errors.New("podlab did not make it, and leaves it alone")

// EnsureNamespace makes a kube namespace with these labels and podlab's own,
// and returns when pods can be made in it. One that podlab made before is used
// again, with its labels brought up to date; one that it did not make is
// [ErrNotOurs].
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

// DeleteNamespace has a kube namespace of podlab's deleted, with all that is in
// it; the server goes on doing so after this returns. That there is none is not
// an error; one that podlab did not make is [ErrNotOurs].
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

// ownNamespace returns the kube namespace of that name if it is podlab's; one
// that is being deleted is waited for, and then not found.
func (c *Client) ownNamespace(ctx context.Context, name string) (*corev1.Namespace, error) {
	var found *corev1.Namespace
	err := c.call(ctx, "look for kube namespace "+name, func(ctx context.Context) (err error) {
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

// AwaitServiceAccount waits for the service account that the controller manager
// gives each kube namespace: pods are refused before.
func (c *Client) AwaitServiceAccount(ctx context.Context, kubeNamespace string) error {
	accounts := c.typed.CoreV1().ServiceAccounts(kubeNamespace)
	of := collection{
		list: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			return accounts.List(ctx, options)
		},
		watch: accounts.Watch,
	}
	named := metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, "default").String()}
	return c.await(ctx, "the service account of kube namespace "+kubeNamespace, of, named, func(items []runtime.Object) string {
		if len(items) == 0 {
			return "the controller manager has not made it"
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
