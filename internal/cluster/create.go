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
	// cleanupTimeout bounds the removal of what an interrupted bring-up has made.
	cleanupTimeout = 60 * time.Second
	// removeAgain is the pause between two attempts to pull the containers away
	// from under kind, which can't be told to stop.
	removeAgain = 300 * time.Millisecond
	// preparing is kind's phase in which containers are made, all at once; it
	// ends with the first error, while others may still be on their way.
	preparing = "Preparing nodes"
	// stragglers is how long they are waited for.
	stragglers = 2 * time.Second
)

// bringUp makes the cluster that is planned, ready for use. When that fails, or
// ctx ends first, it removes what it made, unless told to retain it.
func (s *site) bringUp(ctx context.Context, p *plan, config Config) (*Cluster, error) {
	phases, err := s.create(ctx, p, config.Retain)
	if err == nil {
		var c *Cluster
		if c, err = s.complete(ctx, config, phases); err == nil {
			return c, nil
		}
	}
	if config.Retain {
		return nil, errors.Join(err, s.keepLogs())
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	racing := len(phases) > 0 && phases[len(phases)-1].Name == preparing
	return nil, errors.Join(err, s.removeAll(clean, racing))
}

// complete makes a cluster that was just created ready for use.
func (s *site) complete(ctx context.Context, config Config, phases []Phase) (*Cluster, error) {
	found, err := s.containers(ctx)
	if err != nil {
		return nil, err
	}
	return s.finish(ctx, config, found, phases)
}

// create has kind create the cluster, and returns kind's phases as far as it
// came. When ctx ends first it does not return before kind has given up, unless
// the nodes are to be retained.
func (s *site) create(ctx context.Context, p *plan, retain bool) ([]Phase, error) {
	narrator := newNarrator(s.progress)
	provider, err := newProvider(s.engine, narrator)
	if err != nil {
		return nil, err
	}
	network, err := s.beforeNetwork(ctx)
	if err != nil {
		return nil, err
	}
	var createErr error
	created := make(chan struct{})
	go func() {
		defer close(created)
		createErr = s.kindCreate(provider, p)
	}()
	select {
	case <-created:
		if err = createErr; err != nil {
			err = s.lastWords(ctx, s.explain(err))
		}
	case <-ctx.Done():
		err = s.explain(context.Cause(ctx))
		if !retain {
			s.pullAway(ctx, created)
		}
	}
	narrator.end(err)
	phases := narrator.ended()
	if err == nil {
		err = rememberTimes(phases)
	}
	return phases, errors.Join(err, network.made(context.WithoutCancel(ctx)))
}

// kindCreate has kind create the cluster. The kubeconfig that it insists on
// writing goes to a directory of its own, where no lock file that a killed
// podlab left behind can be in the way.
func (s *site) kindCreate(provider *kind.Provider, p *plan) error {
	dir, err := os.MkdirTemp("", "podlab-kubeconfig-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	return provider.Create(s.name,
		kind.CreateWithV1Alpha4Config(p.kind),
		kind.CreateWithKubeconfigPath(filepath.Join(dir, "kubeconfig")),
		kind.CreateWithRetain(true), // podlab removes, and only what is its own
		kind.CreateWithDisplayUsage(false),
	)
}

// pullAway removes the nodes until kind, which fails without them, has given up.
func (s *site) pullAway(ctx context.Context, created <-chan struct{}) {
	step := s.progress.Begin("Interrupted: removing cluster "+s.name, 0)
	defer step.End(nil)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	again := time.NewTicker(removeAgain)
	defer again.Stop()
	for {
		_ = s.remove(ctx) // tried again, and for the last time by removeAll
		select {
		case <-created:
			return
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// removeAll removes everything of a cluster that could not be made. racing says
// that containers of it may still be on their way.
func (s *site) removeAll(ctx context.Context, racing bool) error {
	err := s.remove(ctx)
	if racing && err == nil {
		err = s.removeStragglers(ctx)
	}
	return errors.Join(err, s.removeNetwork(ctx), s.forget())
}

func (s *site) removeStragglers(ctx context.Context) error {
	last := time.NewTimer(stragglers)
	defer last.Stop()
	again := time.NewTicker(removeAgain)
	defer again.Stop()
	for {
		select {
		case <-last.C:
			return s.remove(ctx)
		case <-again.C:
			if err := s.remove(ctx); err != nil {
				return err
			}
		}
	}
}
