package cluster

import (
	"context"

	"podlab/internal/engine"
	"podlab/internal/progress"
)

// Down removes the cluster of that name, with everything that came to be with
// it: containers, volumes, kubeconfig, and kind's network if podlab made it and
// nobody else is in it. That there is no cluster is said, and not an error; one
// that podlab did not make for this user is a *[ForeignError], and stays.
//
// The caller holds the cluster's [Lock].
func Down(ctx context.Context, e *engine.Engine, name string, reporter progress.Reporter) (err error) {
	s := newSite(e, name, reporter)
	found, err := s.containers(ctx)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		s.progress.Say("There is no cluster %s.", s.name)
		return s.drop(ctx)
	}
	if err := ownership(s.name, found, currentOwner()); err != nil {
		return err
	}
	step := s.progress.Begin("Removing cluster "+s.name, 0)
	defer func() { step.End(err) }()
	if err := s.drop(ctx); err != nil {
		return err
	}
	return s.removeNetwork(ctx)
}
