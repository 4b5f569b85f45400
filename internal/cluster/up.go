package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	"podlab/internal/engine"
	"podlab/internal/kube"
)

// Up returns a running cluster with this configuration: an existing cluster of
// podlab's, or a new one. Its nodes may not be ready yet, see
// [Cluster.AwaitReady], but it accepts pods.
//
// Up starts stopped nodes again. If podlab's cluster can't be used, Up replaces
// it if Config.Recreate allows it, else the error is an *[UnusableError]. If
// podlab did not create the cluster, the error is a *[ForeignError]. If a port is
// in use, the error is a *[PortError]. In these cases nothing has changed. If Up
// fails to create the cluster or ctx ends, it removes what it created, unless
// Config.Retain is set.
//
// The caller holds the cluster's [Lock].
func Up(ctx context.Context, e *engine.Engine, config Config) (*Cluster, error) {
	h := newHandle(e, config.Name, config.Progress)
	p, err := newPlan(h.name, config.Kind, e, config.Images)
	if err != nil {
		return nil, err
	}
	id, ok, err := e.ImageID(ctx, p.image)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("create cluster %s: %s has no image %s", h.name, e.Provider, p.image)
	}
	p.imageID = id

	found, err := h.containers(ctx)
	if err != nil {
		return nil, err
	}
	if len(found) > 0 {
		if err := checkOwner(h.name, found, p.mark.owner); err != nil {
			return nil, err
		}
		err := h.reuse(ctx, p, found)
		if err == nil {
			return h.finish(ctx, config, found, false)
		}
		unusable, ok := errors.AsType[*UnusableError](err)
		if !ok || !config.Recreate {
			return nil, err
		}
		h.progress.Log("Replacing cluster %s: %s.", h.name, unusable.Reason)
		if err := h.remove(ctx); err != nil {
			return nil, err
		}
	}
	if err := h.checkPorts(ctx, p.kind); err != nil {
		return nil, err
	}
	return h.create(ctx, p, config)
}

// finish prepares a running cluster for use: its images, its kubeconfig and its
// record. created says whether the cluster is new.
func (h *handle) finish(ctx context.Context, config Config, found []container, created bool) (*Cluster, error) {
	r, err := h.readRecord(found)
	if err != nil {
		return nil, err
	}
	kubeconfig, err := h.kubeconfig(r)
	if err != nil {
		return nil, err
	}
	r.Kubernetes, r.Images = config.Images.Kubernetes, string(config.Images.Source)
	c := &Cluster{
		Name: h.name, Provider: h.engine.Provider, Kubernetes: r.Kubernetes, Images: r.Images,
		Kubeconfig: kubeconfig, Nodes: nodesOf(found), Reused: !created,
	}
	if err := h.loadImages(ctx, c.Nodes, config.Images.Load); err != nil {
		return nil, err
	}
	if created {
		if err := awaitServiceAccount(ctx, kubeconfig); err != nil {
			return nil, err
		}
	}
	if config.MergeKubeconfig {
		if err := h.addToKubeconfig(); err != nil {
			return nil, err
		}
		r.Merged = true
	}
	return c, h.writeRecord(r)
}

// awaitServiceAccount waits for the default service account. Without it, the API
// server rejects pods.
func awaitServiceAccount(ctx context.Context, kubeconfig string) error {
	client, err := kube.New(kubeconfig)
	if err != nil {
		return err
	}
	return client.AwaitServiceAccount(ctx, "default")
}

// withTimeout calls do with a context that ends after the timeout.
func withTimeout(ctx context.Context, timeout time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, fmt.Errorf("timed out after %s", timeout))
	defer cancel()
	return do(ctx)
}
