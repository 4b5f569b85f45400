package cluster

import (
	"context"
	"fmt"
	"slices"

	"podlab/internal/engine"
	"podlab/internal/kube"
)

// A Status is the status of a cluster.
type Status struct {
	Name string `json:"name"`
	// Exists says whether the cluster has any containers.
	Exists bool `json:"exists"`
	// Ours says whether podlab created the cluster for this user. Owner is the user
	// whom podlab created it for, or "" if podlab did not create it.
	Ours  bool   `json:"ours"`
	Owner string `json:"owner,omitempty"`
	// Nodes are the cluster's nodes, control plane first.
	Nodes []NodeStatus `json:"nodes,omitempty"`
	// APIReady says whether the API server is ready. If not, APIError is the reason.
	APIReady bool   `json:"apiReady"`
	APIError string `json:"apiError,omitempty"`
	// Kubernetes is the version from the API server, or the one that Up recorded.
	Kubernetes string `json:"kubernetes,omitempty"`
	// Images is the source of the cluster's images, or "" if unknown.
	Images string `json:"images,omitempty"`
	// Kubeconfig is the path of the cluster's kubeconfig file.
	Kubeconfig string `json:"kubeconfig,omitempty"`
	// Ports are the published ports (127.0.0.1:30000 -> myk8s-worker:30000/tcp).
	Ports []string `json:"ports,omitempty"`
}

// A NodeStatus is the status of a node.
type NodeStatus struct {
	Name string `json:"name"`
	Role string `json:"role"`
	// Container is the state of the container as the engine calls it (running,
	// exited).
	Container string `json:"container"`
	// Ready is the node's readiness, or nil if the API server did not report it.
	Ready *bool `json:"ready,omitempty"`
}

// GetStatus returns the status of the cluster. A missing or broken cluster is not
// an error. An error means that the engine failed.
func GetStatus(ctx context.Context, e *engine.Engine, name string) (*Status, error) {
	h := newHandle(e, name, nil)
	found, err := h.containers(ctx)
	if err != nil {
		return nil, err
	}
	status := &Status{Name: h.name, Exists: len(found) > 0}
	if !status.Exists {
		return status, nil
	}
	status.Ours = checkOwner(h.name, found, currentOwner()) == nil
	for _, c := range found {
		if m, ok := c.mark(); ok {
			status.Owner = m.owner
		}
		status.Nodes = append(status.Nodes, NodeStatus{Name: c.Name, Role: c.role(), Container: c.State.Status})
		status.Ports = append(status.Ports, c.ports()...)
	}
	r, err := h.readRecord(found)
	if err != nil {
		return nil, err
	}
	status.Kubernetes, status.Images = r.Kubernetes, r.Images
	if err := h.addAPIStatus(ctx, status, found, r); err != nil {
		status.APIError = err.Error()
	}
	return status, nil
}

// addAPIStatus adds to the status what the API server reports.
func (h *handle) addAPIStatus(ctx context.Context, status *Status, found []container, r record) error {
	if err := checkControlPlane(found); err != nil {
		return err
	}
	var err error
	if status.Kubeconfig, err = h.kubeconfig(r); err != nil {
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

// ports returns the published ports of the container.
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
