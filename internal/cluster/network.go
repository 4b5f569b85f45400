package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"podlab/internal/engine"
	"podlab/internal/state"
)

// networkName is the network that kind creates for all its clusters, and never
// removes.
const networkName = "kind"

// A networkCheck is what podlab knew about kind's network before it created a
// cluster.
type networkCheck struct {
	handle  *handle
	missing bool
}

// checkNetwork checks whether kind's network exists. If not, podlab is about to
// create it, and checkNetwork records that at once, without the ID. If podlab is
// killed before recordCreated, a later podlab still removes the network.
func (h *handle) checkNetwork(ctx context.Context) (*networkCheck, error) {
	id, err := h.networkID(ctx)
	if err != nil {
		return nil, err
	}
	n := &networkCheck{handle: h, missing: id == ""}
	if !n.missing {
		return n, nil
	}
	return n, h.writeNetwork("")
}

// recordCreated records the ID of the network if podlab has created it.
func (n *networkCheck) recordCreated(ctx context.Context) error {
	if !n.missing {
		return nil
	}
	id, err := n.handle.networkID(ctx)
	if err != nil {
		return err
	}
	return n.handle.writeNetwork(id)
}

// removeNetwork removes kind's network if podlab created it and no container uses
// it. A stopped container also uses it.
func (h *handle) removeNetwork(ctx context.Context) error {
	path, err := h.networkPath()
	if err != nil {
		return err
	}
	created, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	id, err := h.networkID(ctx)
	if err != nil {
		return err
	}
	if id == "" || len(created) > 0 && string(created) != id {
		return os.Remove(path)
	}
	users, err := h.engine.Output(ctx, "ps", "--all", "--quiet", "--filter", "network="+networkName)
	if err != nil || len(users) > 0 {
		return err
	}
	if _, err := h.engine.Output(ctx, "network", "rm", networkName); err != nil {
		return fmt.Errorf("remove network %s: %w", networkName, err)
	}
	return os.Remove(path)
}

// networkID returns the ID of kind's network, or "" if the network does not exist.
func (h *handle) networkID(ctx context.Context) (string, error) {
	out, err := h.engine.Output(ctx, "network", "inspect", "--format", "{{.ID}}", networkName)
	if failed, ok := errors.AsType[*engine.CommandError](err); ok && failed.ExitCode() == 1 && ctx.Err() == nil &&
		(strings.Contains(strings.ToLower(failed.Stderr), "no such network") || strings.Contains(failed.Stderr, "not found")) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look up network %s: %w", networkName, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// networkPath returns the path of the file that holds the ID of the network that
// podlab created.
func (h *handle) networkPath() (string, error) {
	base, err := state.Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "networks", networkName), nil
}

func (h *handle) writeNetwork(id string) error {
	path, err := h.networkPath()
	if err != nil {
		return err
	}
	return state.WriteFile(path, []byte(id), 0o600)
}
