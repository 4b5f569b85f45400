package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	kind "sigs.k8s.io/kind/pkg/cluster"
)

const (
	// cleanupTimeout bounds removing what a failed Up has created.
	cleanupTimeout = 60 * time.Second
	// removeInterval is the time between two attempts to remove containers that
	// kind is still creating. kind can't be stopped.
	removeInterval = 300 * time.Millisecond
	// preparing is kind's phase that creates all containers concurrently. It ends
	// with the first error, while kind may still be creating other containers.
	preparing = "Preparing nodes"
	// stragglerTimeout bounds the wait for those containers.
	stragglerTimeout = 2 * time.Second
)

// create creates the planned cluster, ready for use. If it fails or ctx ends, it
// removes what it created, unless config.Retain is set.
func (h *handle) create(ctx context.Context, p *plan, config Config) (*Cluster, error) {
	phases, err := h.createNodes(ctx, p, config.Retain)
	if err == nil {
		var found []container
		if found, err = h.containers(ctx); err == nil {
			var c *Cluster
			if c, err = h.finish(ctx, config, found, true); err == nil {
				return c, nil
			}
		}
	}
	if config.Retain {
		return nil, errors.Join(err, h.keepLogs())
	}
	cleanupCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	stragglers := len(phases) > 0 && phases[len(phases)-1].name == preparing
	return nil, errors.Join(err, h.removeFailed(cleanupCtx, stragglers))
}

// createNodes calls kind to create the cluster, and returns the phases that kind
// has ended. If ctx ends, it waits until kind has given up, unless retain is set.
func (h *handle) createNodes(ctx context.Context, p *plan, retain bool) ([]phase, error) {
	logger := newPhaseLogger(h.progress)
	network, err := h.checkNetwork(ctx)
	if err != nil {
		return nil, err
	}
	var createErr error
	created := make(chan struct{})
	go func() {
		defer close(created)
		createErr = h.withKind(logger, func(provider *kind.Provider) error { return kindCreate(provider, h.name, p) })
	}()
	select {
	case <-created:
		if err = createErr; err != nil {
			err = h.addNodeLogs(ctx, h.explain(err))
		}
	case <-ctx.Done():
		err = h.explain(context.Cause(ctx))
		if !retain {
			h.removeInterrupted(ctx, created)
		}
	}
	logger.end(err)
	phases := logger.ended()
	if err == nil {
		err = savePhaseTimes(phases...)
	}
	return phases, errors.Join(err, network.recordCreated(context.WithoutCancel(ctx)))
}

// kindCreate creates the cluster. kind always writes a kubeconfig. It goes to a
// temporary directory, where no lock file of a killed podlab can block kind.
func kindCreate(provider *kind.Provider, name string, p *plan) error {
	dir, err := os.MkdirTemp("", "podlab-kubeconfig-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return provider.Create(name,
		kind.CreateWithV1Alpha4Config(p.kind),
		kind.CreateWithKubeconfigPath(filepath.Join(dir, "kubeconfig")),
		kind.CreateWithRetain(true), // podlab removes the containers itself, and only its own
		kind.CreateWithDisplayUsage(false),
	)
}
