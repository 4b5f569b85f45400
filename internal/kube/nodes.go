package kube

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/version"
)

// ServerVersion returns the API server's version (v1.36.3).
func (c *Client) ServerVersion(ctx context.Context) (string, error) {
	var found string
	err := c.call(ctx, "get the server's version", func(ctx context.Context) error {
		var info version.Info
		body, err := c.typed.Discovery().RESTClient().Get().AbsPath("/version").Do(ctx).Raw()
		if err == nil {
			err = json.Unmarshal(body, &info)
		}
		found = info.GitVersion
		return err
	})
	return found, err
}

// Ready returns nil if the API server reports that it is ready (/readyz).
func (c *Client) Ready(ctx context.Context) error {
	return c.call(ctx, "get /readyz", func(ctx context.Context) error {
		return c.typed.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	})
}

// AwaitReady waits until the API server is ready. It polls, because podlab can't watch
// a server that is down.
func (c *Client) AwaitReady(ctx context.Context) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, 100*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		err := c.Ready(ctx)
		if err != nil && ctx.Err() == nil {
			last = err
		}
		return err == nil, nil
	})
	if err != nil && last != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), last)
	}
	return err
}

// Nodes returns the cluster's nodes, sorted by name.
func (c *Client) Nodes(ctx context.Context) ([]corev1.Node, error) {
	var list *corev1.NodeList
	err := c.call(ctx, "list nodes", func(ctx context.Context) (err error) {
		list, err = c.typed.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		return err
	})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// NodeReady reports whether pods can run on a node.
func NodeReady(node *corev1.Node) bool {
	for _, condition := range node.Status.Conditions {
		if condition.Type == corev1.NodeReady {
			return condition.Status == corev1.ConditionTrue
		}
	}
	return false
}

// AwaitNodes waits until the named nodes are ready. If since is set, their kubelets must
// also have renewed their leases after since: without a renewal, the API may still have
// the nodes' status from before they were stopped.
func (c *Client) AwaitNodes(ctx context.Context, names []string, since time.Time) error {
	both, ctx := errgroup.WithContext(ctx)
	if !since.IsZero() {
		both.Go(func() error { return c.awaitLeases(ctx, names, since) })
	}
	both.Go(func() error {
		nodes := c.typed.CoreV1().Nodes()
		of := newCollection(nodes)
		return c.await(ctx, "the nodes to be ready", of, metav1.ListOptions{}, requireAll(names, "not ready", NodeReady))
	})
	return both.Wait()
}

// awaitLeases waits until the kubelets have renewed their leases after since, the start
// of the nodes' containers. Both times come from the clock of the engine's machine.
func (c *Client) awaitLeases(ctx context.Context, names []string, since time.Time) error {
	leases := c.typed.CoordinationV1().Leases(corev1.NamespaceNodeLease)
	of := newCollection(leases)
	return c.await(ctx, "the kubelets to renew their leases", of, metav1.ListOptions{}, requireAll(names, "not responding", func(lease *coordinationv1.Lease) bool {
		return lease.Spec.RenewTime != nil && lease.Spec.RenewTime.After(since)
	}))
}

// requireAll returns a condition for await: every named object exists and is good. bad
// describes an object that is not good.
func requireAll[T metav1.Object](names []string, bad string, good func(T) bool) func([]runtime.Object) string {
	return func(items []runtime.Object) string {
		var missing []string
		for _, name := range names {
			state := "not known to the API server"
			for _, item := range items {
				if object, ok := item.(T); ok && object.GetName() == name {
					if state = bad; good(object) {
						state = ""
					}
				}
			}
			if state != "" {
				missing = append(missing, name+" is "+state)
			}
		}
		return strings.Join(missing, ", ")
	}
}
