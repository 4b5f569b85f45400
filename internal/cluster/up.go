package cluster

import (
	"context"
	"fmt"
	"time"

	"podlab/internal/engine"
	"podlab/internal/kube"
)

// serviceAccountTimeout bounds the wait for the first thing that the controller
// manager of a new cluster does.
const serviceAccountTimeout = 60 * time.Second

// Up returns a running cluster as wanted: the one of that name that is there,
// if podlab made it alike and it is well, or a new one. Its nodes need not be
// ready yet, see [Cluster.AwaitReady], but what makes pods may be applied.
//
// Nodes that were stopped are started again. A cluster of ours that can't be
// used is an *[IllError], or made anew if so configured; one that podlab did
// not make is a *[ForeignError], and a port in use a *[PortError]; then nothing
// has been changed. A bring-up that fails, or that ctx ends, leaves nothing
// behind unless told to retain it.
//
// The caller holds the cluster's [Lock].
func Up(ctx context.Context, e *engine.Engine, config Config) (*Cluster, error) {
	s := newSite(e, config.Name, config.Progress)
	p, err := newPlan(s.name, config.Kind, e, config.Images)
	if err != nil {
		return nil, err
	}
	id, ok, err := e.ImageID(ctx, p.image)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("create cluster %s: %s has no image %s", s.name, e.Provider, p.image)
	}
	p.imageID = id

	found, err := s.containers(ctx)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		if err := ownership(s.name, found, p.mark.owner); err != nil {
			return nil, err
		}
		err := s.fit(ctx, p, found)
		if err == nil {
			return s.finish(ctx, config, found, nil)
		}
		if err := s.clearAway(ctx, err, config.Recreate); err != nil {
			return nil, err
		}
	}
	if err := s.checkPorts(ctx, p.kind); err != nil {
		return nil, err
	}
	return s.bringUp(ctx, p, config)
}

// clearAway removes an ill cluster if that is allowed.
func (s *site) clearAway(ctx context.Context, ill error, recreate bool) error {
	reason, ok := ill.(*IllError) //nolint:errorlint // fit returns it as it is
	if !ok || !recreate {
		return ill
	}
	s.progress.Say("Cluster %s is made anew: %s.", s.name, reason.Reason)
	return s.drop(ctx)
}

// finish makes a running cluster ready for use: its images, its kubeconfig, and
// the record of it. phases are those of its creation, nil when it was there.
func (s *site) finish(ctx context.Context, config Config, found []container, phases []Phase) (*Cluster, error) {
	r, err := s.recall(found)
	if err != nil {
		return nil, err
	}
	known := r.known()
	r.Kubernetes, r.Images = config.Images.Kubernetes, string(config.Images.Source)

	c := &Cluster{
		Name: s.name, Provider: s.engine.Provider, Kubernetes: r.Kubernetes, Images: r.Images,
		Nodes: nodesOf(found), Reused: phases == nil, Phases: phases,
	}
	if c.Kubeconfig, err = s.kubeconfig(known); err != nil {
		return nil, err
	}
	if phase, err := s.loadImages(ctx, c.Nodes, config.Images.Load); err != nil {
		return nil, err
	} else if phase != nil {
		c.Phases = append(c.Phases, *phase)
	}
	if !c.Reused {
		if err := awaitPodsAllowed(ctx, c.Kubeconfig); err != nil {
			return nil, err
		}
	}
	if config.MergeKubeconfig {
		if err := s.merge(); err != nil {
			return nil, err
		}
		r.Merged = true
	}
	return c, s.remember(r)
}

// awaitPodsAllowed waits for the service account without which pods are
// refused.
func awaitPodsAllowed(ctx context.Context, kubeconfig string) error {
	client, err := kube.New(kubeconfig)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, serviceAccountTimeout, fmt.Errorf("not done within %s", serviceAccountTimeout))
	defer cancel()
	return client.AwaitServiceAccount(ctx, "default")
}

// AwaitReady waits until all nodes are ready: pods made before are scheduled
// then.
func (c *Cluster) AwaitReady(ctx context.Context) error {
	client, err := kube.New(c.Kubeconfig)
	if err != nil {
		return err
	}
	return client.AwaitNodes(ctx, c.nodeNames(), time.Time{})
}

func (c *Cluster) nodeNames() []string {
	all := make([]string, 0, len(c.Nodes))
	for _, node := range c.Nodes {
		all = append(all, node.Name)
	}
	return all
}
