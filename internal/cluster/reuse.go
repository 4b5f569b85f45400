package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"podlab/internal/kube"
)

const (
	// apiTimeout bounds the wait for the API server of a running cluster.
	apiTimeout = 30 * time.Second
	// nodesTimeout bounds the wait for the nodes of a running cluster. A node that could
	// not reach the API server for a minute needs up to 20 s to be ready again.
	nodesTimeout = 60 * time.Second
	// startupAge: nodes younger than this get the start-up timeout.
	startupAge = 5 * time.Minute
	// startupTimeout bounds the wait for nodes after a start.
	startupTimeout = 120 * time.Second
)

// reuse checks that the cluster matches the plan and is ready, after starting
// stopped nodes. If not, the error is an *[UnusableError]. Any other error says
// that the check failed.
func (h *handle) reuse(ctx context.Context, p *plan, found []container) error {
	if difference := p.difference(found); difference != "" {
		return &UnusableError{Name: h.name, Reason: difference}
	}
	stopped, err := stoppedContainers(found)
	if err != nil {
		return &UnusableError{Name: h.name, Reason: err.Error(), Err: err}
	}
	r, err := h.readRecord(found)
	if err != nil {
		return err
	}
	if len(stopped) > 0 {
		err = h.start(ctx, stopped)
	} else {
		err = h.checkReady(ctx, found, r)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("check cluster %s: %w", h.name, context.Cause(ctx))
	default:
		return &UnusableError{Name: h.name, Reason: err.Error(), Err: err}
	}
}

// difference returns how the cluster differs from the plan, or "".
func (p *plan) difference(found []container) string {
	if have := names(found); !sameSet(have, p.nodes) {
		return fmt.Sprintf("it is incomplete: it has the nodes %s, and needs %s", strings.Join(have, ", "), strings.Join(p.nodes, ", "))
	}
	for _, c := range found {
		if m, _ := c.mark(); m.config != p.mark.config {
			return "it was made from another configuration"
		}
		if c.Image != p.imageID {
			return fmt.Sprintf("the image of node %s is not %s", c.Name, p.image)
		}
	}
	return ""
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// stoppedContainers returns the containers that are stopped. It fails if a
// container is in a state that a start does not end.
func stoppedContainers(found []container) ([]container, error) {
	var stopped []container
	for _, c := range found {
		switch c.State.Status {
		case "running":
		case "exited", "created", "stopped":
			stopped = append(stopped, c)
		default:
			return nil, fmt.Errorf("node %s is %s", c.Name, c.State.Status)
		}
	}
	return stopped, nil
}

// checkReady checks that the API server answers and all nodes are ready.
func (h *handle) checkReady(ctx context.Context, found []container, r record) error {
	client, err := h.client(r)
	if err != nil {
		return err
	}
	if err := withTimeout(ctx, apiTimeout, client.AwaitReady); err != nil {
		return err
	}
	timeout := nodesTimeout
	if time.Since(lastStart(found)) < startupAge {
		timeout = startupTimeout
	}
	return withTimeout(ctx, timeout, func(ctx context.Context) error {
		return client.AwaitNodes(ctx, names(found), time.Time{})
	})
}

// lastStart returns the latest start time of the containers.
func lastStart(found []container) time.Time {
	var last time.Time
	for _, c := range found {
		if c.State.StartedAt.After(last) {
			last = c.State.StartedAt
		}
	}
	return last
}

// start starts stopped nodes, for example after the machine has rebooted, and
// waits until all nodes are ready.
func (h *handle) start(ctx context.Context, stopped []container) (err error) {
	step := h.progress.Begin("Starting the stopped nodes of cluster "+h.name, 0)
	defer func() { step.End(err) }()
	for _, c := range stopped {
		if _, err := h.engine.Output(ctx, "start", c.ID); err != nil {
			return err
		}
	}
	running, err := h.containers(ctx)
	if err != nil {
		return err
	}
	// The API server's reports from before the first start are out of date.
	since := time.Now()
	for _, c := range running {
		if slices.Contains(ids(stopped), c.ID) && c.State.StartedAt.Before(since) {
			since = c.State.StartedAt
		}
	}
	r, err := h.readRecord(running)
	if err != nil {
		return err
	}
	client, err := h.client(r)
	if err != nil {
		return err
	}
	return withTimeout(ctx, startupTimeout, func(ctx context.Context) error {
		if err := client.AwaitReady(ctx); err != nil {
			return err
		}
		return client.AwaitNodes(ctx, names(running), since)
	})
}

// client returns a client of the cluster's API server.
func (h *handle) client(r record) (*kube.Client, error) {
	path, err := h.kubeconfig(r)
	if err != nil {
		return nil, err
	}
	return kube.New(path)
}
