package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"podlab/internal/engine"
	"podlab/internal/progress"
)

// Down removes the cluster: its containers, volumes and kubeconfig, and kind's
// network if podlab created it and no other container uses it. If there is no
// cluster, Down logs that and succeeds. If podlab did not create the cluster for
// this user, the error is a *[ForeignError], and nothing has changed.
//
// The caller holds the cluster's [Lock].
func Down(ctx context.Context, e *engine.Engine, name string, reporter progress.Reporter) (err error) {
	h := newHandle(e, name, reporter)
	found, err := h.containers(ctx)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		h.progress.Log("There is no cluster %s.", h.name)
		return h.remove(ctx)
	}
	if err := checkOwner(h.name, found, currentOwner()); err != nil {
		return err
	}
	step := h.progress.Begin("Removing cluster "+h.name, 0)
	defer func() { step.End(err) }()
	if err := h.remove(ctx); err != nil {
		return err
	}
	return h.removeNetwork(ctx)
}

// remove removes the cluster's containers, its entry in the user's kubeconfig,
// and its files.
func (h *handle) remove(ctx context.Context) error {
	r, err := h.readRecord(nil)
	if err != nil {
		return err
	}
	if err := h.removeContainers(ctx); err != nil {
		return err
	}
	if r.Merged {
		if err := h.removeFromKubeconfig(); err != nil {
			return err
		}
	}
	return h.removeFiles()
}

// removeContainers removes the cluster's containers if there are any. It checks
// that each has podlab's mark, then removes them by ID.
func (h *handle) removeContainers(ctx context.Context) error {
	found, err := h.containers(ctx)
	if err != nil || len(found) == 0 {
		return err
	}
	if err := checkOwner(h.name, found, currentOwner()); err != nil {
		return err
	}
	if _, err := h.engine.Output(ctx, slices.Concat([]string{"rm", "--force", "--volumes"}, ids(found))...); err != nil {
		return fmt.Errorf("remove cluster %s: %w", h.name, err)
	}
	if h.engine.Provider != "podman" {
		return nil
	}
	// With podman, kind creates named volumes, which rm --volumes keeps.
	var volumes []string
	for _, c := range found {
		for _, mount := range c.Mounts {
			if mount.Type == "volume" {
				volumes = append(volumes, mount.Name)
			}
		}
	}
	if len(volumes) == 0 {
		return nil
	}
	if _, err := h.engine.Output(ctx, slices.Concat([]string{"volume", "rm", "--force"}, volumes)...); err != nil {
		return fmt.Errorf("remove the volumes of cluster %s: %w", h.name, err)
	}
	return nil
}

// removeInterrupted removes the cluster's containers again and again until kind,
// which fails without them, has given up.
func (h *handle) removeInterrupted(ctx context.Context, created <-chan struct{}) {
	step := h.progress.Begin("Interrupted: removing cluster "+h.name, 0)
	defer step.End(nil)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	tick := time.NewTicker(removeInterval)
	defer tick.Stop()
	for {
		_ = h.removeContainers(ctx) // removeFailed tries once more and returns the error
		select {
		case <-created:
			return
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// removeFailed removes everything of a cluster that Up failed to create.
// stragglers says that kind may still be creating containers.
func (h *handle) removeFailed(ctx context.Context, stragglers bool) error {
	err := h.removeContainers(ctx)
	if stragglers && err == nil {
		err = h.removeStragglers(ctx)
	}
	return errors.Join(err, h.removeNetwork(ctx), h.removeFiles())
}

func (h *handle) removeStragglers(ctx context.Context) error {
	timeout := time.NewTimer(stragglerTimeout)
	defer timeout.Stop()
	tick := time.NewTicker(removeInterval)
	defer tick.Stop()
	for {
		select {
		case <-timeout.C:
			return h.removeContainers(ctx)
		case <-tick.C:
			if err := h.removeContainers(ctx); err != nil {
				return err
			}
		}
	}
}
