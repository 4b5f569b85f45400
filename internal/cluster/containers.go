package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Labels of kind's containers.
const (
	clusterLabel = "io.x-k8s.kind.cluster"
	roleLabel    = "io.x-k8s.kind.role"
)

// A container is a container in the output of docker inspect. podman and nerdctl
// use the same names.
type container struct {
	ID   string `json:"Id"`
	Name string
	// Image is the image's ID.
	Image string
	State struct {
		// Status is created, running, paused, restarting, exited or dead.
		Status    string
		StartedAt time.Time
	}
	Config struct {
		Labels map[string]string
	}
	Mounts []struct {
		Type, Name, Destination string
	}
	HostConfig struct {
		PortBindings map[string][]binding
	}
}

// A binding is a port of the engine's host that is published for a container.
type binding struct {
	HostIP   string `json:"HostIp"`
	HostPort string
}

// mark returns podlab's mark on the container.
func (c container) mark() (m mark, ok bool) {
	for _, mount := range c.Mounts {
		if m, ok := parseMark(mount.Destination); ok {
			return m, true
		}
	}
	return mark{}, false
}

func (c container) role() string { return c.Config.Labels[roleLabel] }

// containers returns the cluster's containers in any state, control plane first.
func (h *handle) containers(ctx context.Context) ([]container, error) {
	found, err := h.inspect(ctx, "--all", "--filter", "label="+clusterLabel+"="+h.name)
	if err != nil {
		return nil, fmt.Errorf("list the containers of cluster %s: %w", h.name, err)
	}
	slices.SortFunc(found, func(a, b container) int {
		if a.role() != b.role() {
			return strings.Compare(a.role(), b.role()) // control-plane comes before worker
		}
		return strings.Compare(a.Name, b.Name)
	})
	return found, nil
}

// list returns the IDs of the containers that the engine's ps lists with these
// arguments.
func (h *handle) list(ctx context.Context, filter []string) ([]string, error) {
	out, err := h.engine.Output(ctx, append([]string{"ps", "--quiet", "--no-trunc"}, filter...)...)
	return strings.Fields(string(out)), err
}

// inspect inspects the containers that the engine's ps lists with these
// arguments.
func (h *handle) inspect(ctx context.Context, filter ...string) ([]container, error) {
	ids, err := h.list(ctx, filter)
	for {
		if err != nil || len(ids) == 0 {
			return nil, err
		}
		out, err := h.engine.Output(ctx, append([]string{"inspect", "--type", "container"}, ids...)...)
		if err == nil {
			return h.decode(out)
		}
		// inspect fails if a container was removed after ps listed it. List again.
		left, listErr := h.list(ctx, filter)
		if listErr != nil || slices.Equal(left, ids) {
			return nil, err
		}
		ids = left
	}
}

func (h *handle) decode(inspected []byte) ([]container, error) {
	var found []container
	if err := json.Unmarshal(inspected, &found); err != nil {
		return nil, fmt.Errorf("decode %s inspect: %w", h.engine.Provider, err)
	}
	for i := range found {
		found[i].Name = strings.TrimPrefix(found[i].Name, "/")
	}
	return found, nil
}

func nodesOf(found []container) []Node {
	nodes := make([]Node, 0, len(found))
	for _, c := range found {
		nodes = append(nodes, Node{Name: c.Name, Role: c.role()})
	}
	return nodes
}

func names(found []container) []string {
	all := make([]string, 0, len(found))
	for _, c := range found {
		all = append(all, c.Name)
	}
	return all
}

func ids(found []container) []string {
	all := make([]string, 0, len(found))
	for _, c := range found {
		all = append(all, c.ID)
	}
	return all
}
