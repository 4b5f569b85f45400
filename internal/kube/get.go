package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/yaml"
)

// Get returns an object in the API's form. It ignores kubeNamespace for cluster-scoped
// kinds. apierrors.IsNotFound recognizes the error for an object that does not exist.
func (c *Client) Get(ctx context.Context, kubeNamespace, apiVersion, kind, name string) (map[string]any, error) {
	doing := fmt.Sprintf("get %s %s", strings.ToLower(kind), name)
	resource, err := c.resource(ctx, doing, kubeNamespace, apiVersion, kind)
	if err != nil {
		return nil, err
	}
	var object *unstructured.Unstructured
	err = c.call(ctx, doing, func(ctx context.Context) (err error) {
		object, err = resource.Get(ctx, name, metav1.GetOptions{})
		return err
	})
	if err != nil {
		return nil, err
	}
	return object.Object, nil
}

// List returns objects in the API's form, sorted by name. kubeNamespace "" selects
// all kube namespaces. labels is a selector in kubectl's form, "" for all objects.
func (c *Client) List(ctx context.Context, kubeNamespace, apiVersion, kind, labels string) ([]any, error) {
	doing := "list " + strings.ToLower(kind)
	resource, err := c.resource(ctx, doing, kubeNamespace, apiVersion, kind)
	if err != nil {
		return nil, err
	}
	var list *unstructured.UnstructuredList
	err = c.call(ctx, doing, func(ctx context.Context) (err error) {
		list, err = resource.List(ctx, metav1.ListOptions{LabelSelector: labels})
		return err
	})
	if err != nil {
		return nil, err
	}
	objects := make([]any, len(list.Items))
	for i := range list.Items {
		objects[i] = list.Items[i].Object
	}
	return objects, nil
}

func (c *Client) resource(ctx context.Context, doing, kubeNamespace, apiVersion, kind string) (dynamic.ResourceInterface, error) {
	version, err := schema.ParseGroupVersion(apiVersion)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	mapping, err := lookUp(ctx, func() (*meta.RESTMapping, error) {
		return c.mapper.RESTMapping(schema.GroupKind{Group: version.Group, Kind: kind}, version.Version)
	})
	switch {
	case meta.IsNoMatchError(err):
		return nil, fmt.Errorf("%s: the cluster has no kind %s in %s", doing, kind, apiVersion)
	case err != nil:
		return nil, c.explain(ctx, doing, err)
	case mapping.Scope.Name() == meta.RESTScopeNameNamespace:
		return c.dynamic.Resource(mapping.Resource).Namespace(kubeNamespace), nil
	}
	return c.dynamic.Resource(mapping.Resource), nil
}

// Debug adds an ephemeral container to a pod. The container can't be removed later.
func (c *Client) Debug(ctx context.Context, kubeNamespace, pod string, container corev1.EphemeralContainer) error {
	doing := fmt.Sprintf("add ephemeral container %s to pod %s", container.Name, pod)
	return c.call(ctx, doing, func(ctx context.Context) error {
		pods := c.typed.CoreV1().Pods(kubeNamespace)
		before, err := pods.Get(ctx, pod, metav1.GetOptions{})
		if err != nil {
			return err
		}
		after := before.DeepCopy()
		after.Spec.EphemeralContainers = append(after.Spec.EphemeralContainers, container)
		patch, err := patchBetween(before, after)
		if err != nil {
			return err
		}
		_, err = pods.Patch(ctx, pod, types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: fieldManager}, "ephemeralcontainers")
		return err
	})
}

func patchBetween(before, after *corev1.Pod) ([]byte, error) {
	from, err := json.Marshal(before)
	if err != nil {
		return nil, err
	}
	to, err := json.Marshal(after)
	if err != nil {
		return nil, err
	}
	return strategicpatch.CreateTwoWayMergePatch(from, to, before)
}

// secrets lists the fields of a kubeconfig that are secret or too long to show.
var secrets = []string{"client-key-data", "client-certificate-data", "certificate-authority-data", "token", "password"}

// Kubeconfig returns the content of the client's kubeconfig, without its secrets.
func (c *Client) Kubeconfig() (map[string]any, error) {
	data, err := os.ReadFile(c.file)
	if err != nil {
		return nil, err
	}
	var config map[string]any
	if err := yaml.Unmarshal(data, &config); err != nil {
		return nil, fmt.Errorf("read kubeconfig %s: %w", c.file, err)
	}
	withoutSecrets(config)
	return config, nil
}

func withoutSecrets(v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range secrets {
			delete(v, name)
		}
		for _, value := range v {
			withoutSecrets(value)
		}
	case []any:
		for _, item := range v {
			withoutSecrets(item)
		}
	}
}
