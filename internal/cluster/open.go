package cluster

import (
	"context"
	"errors"
	"fmt"

	"podlab/internal/engine"
	"podlab/internal/kube"
)

// Open returns the cluster of that name as it is; nothing is changed. Any kind
// cluster will do: one that podlab did not make for this user is Foreign.
//
// That there is none is a *[NotFoundError]; that its control plane does not run
// is an *[IllError]. Whether the API server answers is not asked.
func Open(ctx context.Context, e *engine.Engine, name string) (*Cluster, error) {
	s := newSite(e, name, nil)
	found, err := s.containers(ctx)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, &NotFoundError{Name: s.name}
	}
	foreign := ownership(s.name, found, currentOwner()) != nil
	for _, c := range found {
		if c.role() == "control-plane" && c.State.Status != "running" {
			return nil, unusable(s.name, foreign, fmt.Sprintf("node %s is %s", c.Name, c.State.Status))
		}
	}
	r, err := s.recall(found)
	if err != nil {
		return nil, err
	}
	c := &Cluster{
		Name: s.name, Provider: e.Provider, Kubernetes: r.Kubernetes, Images: r.Images,
		Nodes: nodesOf(found), Reused: true, Foreign: foreign,
	}
	if c.Kubeconfig, err = s.kubeconfig(r.known()); err != nil {
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
	return c, s.remember(r)
}

// unusable is an *[IllError] for a cluster of podlab's; podlab's advice does
// not fit those of others.
func unusable(name string, foreign bool, reason string) error {
	if foreign {
		return errors.New("cluster " + name + " can't be used: " + reason)
	}
	return &IllError{Name: name, Reason: reason}
}
