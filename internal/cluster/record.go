package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"podlab/internal/state"
)

// A record caches facts about a cluster in the state directory. podlab works
// without it.
type record struct {
	// Containers are the IDs of the nodes' containers. The record is only about
	// them, not about other containers of a cluster with the same name.
	Containers []string `json:"containers"`
	Kubernetes string   `json:"kubernetes"`
	Images     string   `json:"images"`
	// Merged says that the user's own kubeconfig has the cluster.
	Merged bool `json:"merged"`
}

// isComplete reports whether the record is about a cluster that Up has completed.
func (r record) isComplete() bool { return r.Kubernetes != "" }

// dir returns the directory of the cluster's files.
func (h *handle) dir() (string, error) {
	base, err := state.Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(base, "clusters", h.name), nil
}

// readRecord returns the record of these containers. If there is none, it returns
// a record without anything but Merged, which depends only on the cluster's name.
func (h *handle) readRecord(found []container) (record, error) {
	fresh := record{Containers: ids(found)}
	dir, err := h.dir()
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

func (h *handle) writeRecord(r record) error {
	dir, err := h.dir()
	if err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "record.json"), r)
}

// removeFiles removes the cluster's files.
func (h *handle) removeFiles() error {
	dir, err := h.dir()
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// readJSON decodes a file into the value. It ignores a missing file, and one that
// another version of podlab wrote in another format.
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
