package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"podlab/internal/kube"
)

const (
	// apiPatience is how long the API server of a cluster that should be running
	// may take to answer.
	apiPatience = 5 * time.Second
	// nodePatience is how long its nodes may take to become ready.
	nodePatience = 10 * time.Second
	// young is a cluster whose nodes may still have to become ready for the first
	// time, for which they get as long as after a start.
	young = 5 * time.Minute
	// startPatience is how long stopped nodes may take until all is well again.
	startPatience = 120 * time.Second
)

// fit returns nil when the cluster is as planned and well, having started what
// of it was stopped, and otherwise an *[IllError] as it is; any other error
// says that this could not be found out.
func (s *site) fit(ctx context.Context, p *plan, found []container) error {
	if reason := p.unlike(found); reason != "" {
		return &IllError{Name: s.name, Reason: reason}
	}
	down, err := stopped(found)
	if err != nil {
		return &IllError{Name: s.name, Reason: err.Error(), Err: err}
	}
	r, err := s.recall(found)
	if err != nil {
		return err
	}
	if len(down) > 0 {
		err = s.start(ctx, down)
	} else {
		err = s.well(ctx, found, r)
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("look after cluster %s: %w", s.name, context.Cause(ctx))
	default:
		return &IllError{Name: s.name, Reason: err.Error(), Err: err}
	}
}

// well returns nil when the API server answers and all nodes are ready.
func (s *site) well(ctx context.Context, found []container, r record) error {
	client, err := s.client(r)
	if err != nil {
		return err
	}
	err = within(ctx, apiPatience, client.AwaitReady)
	if err != nil {
		return err
	}
	patience := nodePatience
	if time.Since(lastStart(found)) < young {
		patience = startPatience
	}
	return within(ctx, patience, func(ctx context.Context) error {
		return client.AwaitNodes(ctx, names(found), time.Time{})
	})
}

// lastStart is when the youngest of the containers was started.
func lastStart(found []container) time.Time {
	var last time.Time
	for _, c := range found {
		if c.State.StartedAt.After(last) {
			last = c.State.StartedAt
		}
	}
	return last
}

// start starts stopped nodes, as after the machine was started again, and waits
// until they are ready.
func (s *site) start(ctx context.Context, down []container) (err error) {
	step := s.progress.Begin("Starting the nodes of cluster "+s.name+" again", 0)
	defer func() { step.End(err) }()
	for _, c := range down {
		if _, err := s.engine.Output(ctx, "start", c.ID); err != nil {
			return err
		}
	}
	running, err := s.containers(ctx)
	if err != nil {
		return err
	}
	// What the API server knows of these nodes is from before the first of them
	// was started.
	since := time.Now()
	for _, c := range running {
		if slices.Contains(ids(down), c.ID) && c.State.StartedAt.Before(since) {
			since = c.State.StartedAt
		}
	}
	r, err := s.recall(running)
	if err != nil {
		return err
	}
	client, err := s.client(r)
	if err != nil {
		return err
	}
	return within(ctx, startPatience, func(ctx context.Context) error {
		if err := client.AwaitReady(ctx); err != nil {
			return err
		}
		return client.AwaitNodes(ctx, names(running), since)
	})
}

// client speaks to the cluster's API server, by the kubeconfig that the record
// vouches for.
func (s *site) client(r record) (*kube.Client, error) {
	path, err := s.kubeconfig(r.known())
	if err != nil {
		return nil, err
	}
	return kube.New(path)
}

// within does what takes a context within d.
func within(ctx context.Context, d time.Duration, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d, errors.New("not within "+d.String()))
	defer cancel()
	return do(ctx)
}
