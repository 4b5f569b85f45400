package cluster

import (
	"context"
	"fmt"

	"podlab/internal/engine"
	"podlab/internal/kube"
)

// Open returns an existing cluster without changing it. Any kind cluster will do,
// also one that podlab did not create.
//
// If there is no such cluster, the error is a *[NotFoundError]. If the control
// plane of podlab's cluster does not run, the error is an *[UnusableError]. Open
// does not check that the API server answers.
func Open(ctx context.Context, e *engine.Engine, name string) (*Cluster, error) {
	h := newHandle(e, name, nil)
	found, err := h.containers(ctx)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &NotFoundError{Name: h.name}
	}
	if err := checkControlPlane(found); err != nil {
		if checkOwner(h.name, found, currentOwner()) != nil {
			// The advice of UnusableError is only for podlab's clusters.
			return nil, fmt.Errorf("cluster %s can't be used: %w", h.name, err)
		}
		return nil, &UnusableError{Name: h.name, Reason: err.Error()}
	}
	r, err := h.readRecord(found)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		Name: h.name, Provider: e.Provider, Kubernetes: r.Kubernetes, Images: r.Images,
		Nodes: nodesOf(found), Reused: true,
	}
	if c.Kubeconfig, err = h.kubeconfig(r); err != nil {
		return nil, err
	}
	if c.Kubernetes != "" {
		return c, nil
	}
	client, err := kube.New(c.Kubeconfig)
	if err != nil {
		return nil, err
	}
	if c.Kubernetes, err = client.ServerVersion(ctx); err != nil {
		return nil, err
	}
	r.Kubernetes = c.Kubernetes
	return c, h.writeRecord(r)
}

// checkControlPlane returns an error if the control plane's container does not
// run.
func checkControlPlane(found []container) error {
	for _, c := range found {
		if c.role() == "control-plane" && c.State.Status != "running" {
			return fmt.Errorf("node %s is %s", c.Name, c.State.Status)
		}
	}
	return nil
}
