package cluster

import (
	"context"
	"fmt"
	"slices"

	"podlab/internal/engine"
	"podlab/internal/kube"
)

// A Status is how a cluster is.
type Status struct {
	Name string `json:"name"`
	// Exists says whether there is anything of that name.
	Exists bool `json:"exists"`
	// Ours says whether podlab made it for this user; Owner for whom it did, ""
	// when it did not make it.
	Ours  bool   `json:"ours"`
	Owner string `json:"owner,omitempty"`
	// Nodes are its nodes, control plane first.
	Nodes []NodeStatus `json:"nodes,omitempty"`
	// APIReady says whether the API server is ready, APIError why not.
	APIReady bool   `json:"apiReady"`
	APIError string `json:"apiError,omitempty"`
	// Kubernetes is the version that the API server says, or the one that was
	// brought up.
	Kubernetes string `json:"kubernetes,omitempty"`
	// Images is where its images came from, "" when that is not known.
	Images string `json:"images,omitempty"`
	// Kubeconfig is a kubeconfig file for it.
	Kubeconfig string `json:"kubeconfig,omitempty"`
	// Ports are the host's ports that lead to it (127.0.0.1:30000 -> myk8s-worker:30000/tcp).
	Ports []string `json:"ports,omitempty"`
}

// A NodeStatus is how a node is.
type NodeStatus struct {
	Name string `json:"name"`
	Role string `json:"role"`
	// Container is the engine's word for the container's state (running, exited).
	Container string `json:"container"`
	// Ready is whether the API server has the node as ready, nil when it did not
	// say.
	Ready *bool `json:"ready,omitempty"`
}

// Look returns how the cluster of that name is. That it is ill, or not there,
// is no error: an error says that the engine could not be asked.
func Look(ctx context.Context, e *engine.Engine, name string) (*Status, error) {
	s := newSite(e, name, nil)
	found, err := s.containers(ctx)
	if err != nil {
		return nil, err
	}
	status := &Status{Name: s.name, Exists: len(found) > 0}
	if !status.Exists {
		return status, nil
	}
	status.Ours = ownership(s.name, found, currentOwner()) == nil
	for _, c := range found {
		if m, ok := c.mark(); ok {
			status.Owner = m.owner
		}
		status.Nodes = append(status.Nodes, NodeStatus{Name: c.Name, Role: c.role(), Container: c.State.Status})
		status.Ports = append(status.Ports, c.ports()...)
	}
	r, err := s.recall(found)
	if err != nil {
		return nil, err
	}
	status.Kubernetes, status.Images = r.Kubernetes, r.Images
	if err := s.lookInside(ctx, status, found, r); err != nil {
		status.APIError = err.Error()
	}
	return status, nil
}

// lookInside asks the API server.
func (s *site) lookInside(ctx context.Context, status *Status, found []container, r record) error {
	for _, c := range found {
		if c.role() == "control-plane" && c.State.Status != "running" {
			return fmt.Errorf("node %s is %s", c.Name, c.State.Status)
		}
	}
	var err error
	if status.Kubeconfig, err = s.kubeconfig(r.known()); err != nil {
		return err
	}
	client, err := kube.New(status.Kubeconfig)
	if err != nil {
		return err
	}
	if err := client.Ready(ctx); err != nil {
		return err
	}
	status.APIReady = true
	if status.Kubernetes, err = client.ServerVersion(ctx); err != nil {
		return err
	}
	nodes, err := client.Nodes(ctx)
	if err != nil {
		return err
	}
	for _, node := range nodes {
		i := slices.IndexFunc(status.Nodes, func(n NodeStatus) bool { return n.Name == node.Name })
		if i >= 0 {
			ready := kube.NodeReady(&node)
			status.Nodes[i].Ready = &ready
		}
	}
	return nil
}

// ports are the host's ports that lead to the container.
func (c container) ports() []string {
	var all []string
	for port, bindings := range c.HostConfig.PortBindings {
		for _, b := range bindings {
			all = append(all, fmt.Sprintf("%s:%s -> %s:%s", b.HostIP, b.HostPort, c.Name, port))
		}
	}
	slices.Sort(all)
	return all
}
