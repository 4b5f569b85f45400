package kube

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// Apply applies the objects of a manifest (YAML documents) in a kube namespace,
// in the manifest's order, by server-side apply. If an object of the same name is
// still being deleted, Apply waits until it is gone and creates it again.
//
// Apply validates the whole manifest before it sends anything: the error names
// every document with an unknown kind, another kube namespace, or a cluster-scoped
// kind. Unknown fields are errors too: the server's error names the document and the
// field.
func (c *Client) Apply(ctx context.Context, kubeNamespace string, manifest []byte) error {
	documents, err := decode(manifest)
	if err != nil {
		return err
	}
	resources := make([]dynamic.ResourceInterface, len(documents))
	errs := make([]error, 0, len(documents))
	for i, d := range documents {
		resources[i], err = c.resourceOf(ctx, kubeNamespace, d)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i, d := range documents {
		if err := c.apply(ctx, resources[i], d); err != nil {
			return err
		}
	}
	return nil
}

// resourceOf returns the API resource of the document's object.
func (c *Client) resourceOf(ctx context.Context, kubeNamespace string, d document) (dynamic.ResourceInterface, error) {
	if namespace := d.object.GetNamespace(); namespace != "" && namespace != kubeNamespace {
		return nil, fmt.Errorf("%s: metadata.namespace is %s: remove it, because each scenario has its own kube namespace", d, namespace)
	}
	kind := d.object.GroupVersionKind()
	mapping, err := lookUp(ctx, func() (*meta.RESTMapping, error) { return c.mapper.RESTMapping(kind.GroupKind(), kind.Version) })
	switch {
	case meta.IsNoMatchError(err):
		return nil, fmt.Errorf("%s: the cluster has no kind %s in %s", d, kind.Kind, kind.GroupVersion())
	case err != nil:
		return nil, c.explain(ctx, "look up "+kind.Kind, err)
	case mapping.Scope.Name() != meta.RESTScopeNameNamespace:
		return nil, fmt.Errorf("%s: %s is cluster-scoped, but podlab creates objects only in its own kube namespaces", d, kind.Kind)
	}
	return c.dynamic.Resource(mapping.Resource).Namespace(kubeNamespace), nil
}

func (c *Client) apply(ctx context.Context, resource dynamic.ResourceInterface, d document) error {
	body, err := json.Marshal(d.object)
	if err != nil {
		return fmt.Errorf("%s: %w", d, err)
	}
	force := true
	options := metav1.PatchOptions{FieldManager: fieldManager, Force: &force, FieldValidation: metav1.FieldValidationStrict}
	for {
		var got *unstructured.Unstructured
		err := c.call(ctx, "apply "+d.String(), func(ctx context.Context) (err error) {
			got, err = resource.Patch(ctx, d.object.GetName(), types.ApplyPatchType, body, options)
			return err
		})
		if err != nil {
			// The server may refuse to change fields of an object that is being deleted.
			if got = c.find(ctx, resource, d.object.GetName()); got == nil || got.GetDeletionTimestamp() == nil {
				return err
			}
		}
		if got.GetDeletionTimestamp() == nil {
			return nil
		}
		if err := c.awaitGone(ctx, resource, got); err != nil {
			return err
		}
	}
}

// find returns an object, or nil if it does not exist or the request fails.
func (c *Client) find(ctx context.Context, resource dynamic.ResourceInterface, name string) *unstructured.Unstructured {
	var found *unstructured.Unstructured
	err := c.call(ctx, "get "+name, func(ctx context.Context) (err error) {
		found, err = resource.Get(ctx, name, metav1.GetOptions{})
		return err
	})
	if err != nil {
		return nil
	}
	return found
}
