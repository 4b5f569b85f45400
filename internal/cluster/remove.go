package cluster

import (
	"context"
	"fmt"
	"slices"
)

// drop removes the cluster and all that podlab knows of it.
func (s *site) drop(ctx context.Context) error {
	r, err := s.recall(nil)
	if err != nil {
		return err
	}
	if err := s.remove(ctx); err != nil {
		return err
	}
	if r.Merged {
		if err := s.unmerge(); err != nil {
			return err
		}
	}
	return s.forget()
}

// remove removes the cluster's containers, by their IDs and only after each of
// them has been seen to bear podlab's mark. That there is none is not an error.
func (s *site) remove(ctx context.Context) error {
	found, err := s.containers(ctx)
	if err != nil || len(found) == 0 {
		return err
	}
	if err := ownership(s.name, found, currentOwner()); err != nil {
		return err
	}
	if _, err := s.engine.Output(ctx, slices.Concat([]string{"rm", "--force", "--volumes"}, ids(found))...); err != nil {
		return fmt.Errorf("remove cluster %s: %w", s.name, err)
	}
	if s.engine.Provider != "podman" {
		return nil
	}
	// For podman kind makes volumes with names, which don't go with a container.
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
	if _, err := s.engine.Output(ctx, slices.Concat([]string{"volume", "rm", "--force"}, volumes)...); err != nil {
		return fmt.Errorf("remove the volumes of cluster %s: %w", s.name, err)
	}
	return nil
}
