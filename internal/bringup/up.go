package bringup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"podlab/internal/cluster"
	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/progress"
)

// readyTimeout bounds waiting for the nodes of a new cluster, on a very slow machine.
const readyTimeout = 20 * time.Minute

// Options say how to bring up a cluster.
type Options struct {
	// Name is the cluster's.
	Name string
	// Engine says how to find an engine.
	Engine engine.Options
	Images image.Source
	// Pause replaces the images' own pause in sandboxes: pause, tiny, noreap, or an
	// image of the engine; "" replaces nothing.
	Pause string
	// Recreate replaces podlab's cluster of that name if it is broken.
	Recreate bool
	// Retain keeps the containers and logs of a failed bring-up.
	Retain bool
	// MergeKubeconfig adds the cluster to the user's kubeconfig.
	MergeKubeconfig bool
	Progress        progress.Reporter
}

// A Phase is one part of the bring-up and the time it took.
type Phase struct {
	Name    string
	Elapsed time.Duration
}

// Locked calls do while this process holds the lock of a cluster, so that no two
// processes change the cluster at once.
func Locked(name string, do func() error) (err error) {
	held, err := cluster.Lock(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, held.Unlock()) }()
	return do()
}

// Up brings up a cluster with kindConfig. It checks all preconditions before it gets
// images or creates the cluster. The caller holds the cluster's lock and closes the
// result.
func Up(ctx context.Context, o Options, kindConfig []byte) (*Cluster, error) {
	var phases []Phase
	phase := func(name string, do func() error) error {
		began := time.Now()
		err := do()
		phases = append(phases, Phase{name, time.Since(began)})
		return err
	}
	var e *engine.Engine
	var pause *image.Pause
	if err := phase("engine", func() (err error) {
		if e, err = engine.Find(ctx, o.Engine); err != nil {
			return err
		}
		if o.Pause != "" {
			if pause, err = image.FindPause(ctx, e, o.Pause); err != nil {
				return err
			}
		}
		return cluster.CheckPorts(ctx, e, o.Name, kindConfig)
	}); err != nil {
		return nil, err
	}
	var images *image.Images
	if err := phase("images", func() (err error) {
		images, err = image.Ensure(ctx, e, image.Options{Source: o.Images, Progress: o.Progress, Ask: o.Engine.Ask})
		if err == nil && pause != nil {
			images, err = pause.Into(ctx, e, images)
		}
		return err
	}); err != nil {
		return nil, err
	}
	var up *cluster.Cluster
	if err := phase("cluster", func() (err error) {
		up, err = cluster.Up(ctx, e, cluster.Config{
			Name: o.Name, Kind: kindConfig, Images: images,
			Recreate: o.Recreate, Retain: o.Retain, MergeKubeconfig: o.MergeKubeconfig, Progress: o.Progress,
		})
		return err
	}); err != nil {
		return nil, err
	}
	c, err := connect(ctx, e, up)
	if err != nil {
		return nil, err
	}
	c.Images, c.Phases = images, phases
	return c, nil
}

// AwaitReady waits until all nodes are ready.
func (c *Cluster) AwaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, readyTimeout, fmt.Errorf("timed out after %s", readyTimeout))
	defer cancel()
	return c.Cluster.AwaitReady(ctx)
}
