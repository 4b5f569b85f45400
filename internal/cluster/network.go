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

// networkName is the network that kind makes for all its clusters and never
// removes.
const networkName = "kind"

// A network is what is to be known about kind's network from before a cluster
// is made until after: whether podlab is the reason why it is there.
type network struct {
	site   *site
	absent bool
}

// beforeNetwork looks whether there is a network already. That there is none is
// written down at once, without an ID yet, so that a killed podlab does not
// leave one behind that nobody has made.
func (s *site) beforeNetwork(ctx context.Context) (*network, error) {
	id, err := s.networkID(ctx)
	if err != nil {
		return nil, err
	}
	n := &network{site: s, absent: id == ""}
	if !n.absent {
		return n, nil
	}
	return n, s.writeNetwork("")
}

// made writes down the ID of the network that has been made meanwhile.
func (n *network) made(ctx context.Context) error {
	if !n.absent {
		return nil
	}
	id, err := n.site.networkID(ctx)
	if err != nil {
		return err
	}
	return n.site.writeNetwork(id)
}

// removeNetwork removes kind's network if podlab made it and no container, of
// whoever, is left in it; not even a stopped one, which would need it again.
func (s *site) removeNetwork(ctx context.Context) error {
	path, err := s.networkPath()
	if err != nil {
		return err
	}
	made, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	id, err := s.networkID(ctx)
	if err != nil {
		return err
	}
	if id == "" || len(made) > 0 && string(made) != id {
		return os.Remove(path)
	}
	users, err := s.engine.Output(ctx, "ps", "--all", "--quiet", "--filter", "network="+networkName)
	if err != nil || len(users) > 0 {
		return err
	}
	if _, err := s.engine.Output(ctx, "network", "rm", networkName); err != nil {
		return fmt.Errorf("remove network %s: %w", networkName, err)
	}
	return os.Remove(path)
}

// networkID returns the network's ID, "" when there is none.
func (s *site) networkID(ctx context.Context) (string, error) {
	out, err := s.engine.Output(ctx, "network", "inspect", "--format", "{{.ID}}", networkName)
	if failed, ok := errors.AsType[*engine.CommandError](err); ok && failed.ExitCode() == 1 && ctx.Err() == nil &&
		(strings.Contains(strings.ToLower(failed.Stderr), "no such network") || strings.Contains(failed.Stderr, "not found")) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("look for network %s: %w", networkName, err)
	}
	return strings.TrimSpace(string(out)), nil
}

// networkPath is a file with the ID of the network that podlab made on this
// engine.
func (s *site) networkPath() (string, error) {
	base, err := state.Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "networks", networkName), nil
}

func (s *site) writeNetwork(id string) error {
	path, err := s.networkPath()
	if err != nil {
		return err
	}
	return state.WriteFile(path, []byte(id), 0o600)
}
