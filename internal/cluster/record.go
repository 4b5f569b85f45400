package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"podlab/internal/state"
)

// A record is what podlab keeps in its state directory about a cluster that it
// knows. It decides nothing: it saves asking, and can be lost.
type record struct {
	// Containers are the IDs of the nodes' containers: the record is about them
	// and no others of that name.
	Containers []string `json:"containers"`
	Kubernetes string   `json:"kubernetes"`
	Images     string   `json:"images"`
	// Merged says that the cluster is in the user's own kubeconfig.
	Merged bool `json:"merged"`
}

// known says whether the record is of a cluster that was brought up to its end.
func (r record) known() bool { return r.Kubernetes != "" }

// dir is where the cluster's files are.
func (s *site) dir() (string, error) {
	base, err := state.Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "clusters", s.name), nil
}

// recall returns the record of exactly these containers, or an empty one, in
// which there is only what goes by the cluster's name.
func (s *site) recall(found []container) (record, error) {
	fresh := record{Containers: ids(found)}
	dir, err := s.dir()
	if err != nil {
		return fresh, err
	}
	var r record
	if err := readJSON(filepath.Join(dir, "record.json"), &r); err != nil {
		return fresh, err
	}
	if !slices.Equal(r.Containers, fresh.Containers) {
		fresh.Merged = r.Merged
		return fresh, nil
	}
	return r, nil
}

func (s *site) remember(r record) error {
	dir, err := s.dir()
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "record.json"), r)
}

// forget removes the cluster's files.
func (s *site) forget() error {
	dir, err := s.dir()
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// lastTimes are how long each phase took last time, for those who wait for it
// now.
func lastTimes() map[string]time.Duration {
	last := map[string]time.Duration{}
	if base, err := state.Dir(); err == nil {
		_ = readJSON(filepath.Join(base, "cluster-phases.json"), &last)
	}
	return last
}

func rememberTimes(phases []Phase) error {
	last := map[string]time.Duration{}
	for _, p := range phases {
		last[p.Name] = p.Elapsed
	}
	base, err := state.Dir()
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(base, "cluster-phases.json"), last)
}

// readJSON reads a file of podlab's; one that is missing, or that another
// version of podlab wrote otherwise, leaves into as it is.
func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_ = json.Unmarshal(data, into)
	return nil
}

func writeJSON(path string, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return state.WriteFile(path, data, 0o600)
}
