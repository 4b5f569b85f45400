package cluster

import (
	"context"
	"errors"
	"time"

	"al.essio.dev/pkg/shellescape"

	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/kube"
	"podlab/internal/progress"
	"podlab/internal/state"
)

// DefaultName is the name in the study's texts, so that their commands (docker
// exec -it myk8s-worker bash) work.
const DefaultName = "myk8s"

// A Cluster is a usable kind cluster.
type Cluster struct {
	Name string
	// Provider is the engine's provider: docker, podman or nerdctl.
	Provider string
	// Kubernetes is the version (v1.36.3).
	Kubernetes string
	// Images is the source of the cluster's images (registry, packages), or "" if
	// unknown.
	Images string
	// Kubeconfig is the path of a kubeconfig file with the cluster as its current
	// context.
	Kubeconfig string
	// Nodes are the cluster's nodes, control plane first.
	Nodes []Node
	// Reused says that the cluster existed before.
	Reused bool
}

// A Node is a kind container.
type Node struct {
	// Name is the name of the container and of the Kubernetes node.
	Name string
	// Role is control-plane or worker.
	Role string
}

// Usage returns the shell command that makes kubectl use the cluster.
func (c *Cluster) Usage() string {
	return "export KUBECONFIG=" + shellescape.Quote(c.Kubeconfig)
}

// AwaitReady waits until all nodes are ready, so that pods can be scheduled.
func (c *Cluster) AwaitReady(ctx context.Context) error {
	client, err := kube.New(c.Kubeconfig)
	if err != nil {
		return err
	}
	return client.AwaitNodes(ctx, c.NodeNames(), time.Time{})
}

// NodeNames returns the names of the nodes, control plane first.
func (c *Cluster) NodeNames() []string {
	names := make([]string, len(c.Nodes))
	for i, node := range c.Nodes {
		names[i] = node.Name
	}
	return names
}

// Config describes the cluster for [Up].
type Config struct {
	// Name is the cluster's name. "" means [DefaultName].
	Name string
	// Kind is kind's configuration file (kind.x-k8s.io/v1alpha4).
	Kind []byte
	// Images are the cluster's images.
	Images *image.Images
	// Recreate allows Up to replace a cluster of podlab's that can't be used.
	Recreate bool
	// Retain keeps the containers and their logs if Up fails.
	Retain bool
	// MergeKubeconfig also adds the cluster to the user's own kubeconfig.
	MergeKubeconfig bool
	// Progress shows steps that take time. If it is nil, Up shows nothing.
	Progress progress.Reporter
}

// Lock takes the lock of the cluster. A caller holds the lock while it creates,
// uses or removes the cluster. If another process holds the lock, the error is a
// *[state.LockedError].
func Lock(name string) (*state.Held, error) {
	held, err := state.Lock("cluster-" + name)
	if locked, ok := errors.AsType[*state.LockedError](err); ok {
		locked.Name = "cluster " + name
	}
	return held, err
}

// A handle refers to the cluster with a name on an engine, whether the cluster
// exists or not.
type handle struct {
	engine   *engine.Engine
	name     string
	progress progress.Reporter
}

func newHandle(e *engine.Engine, name string, reporter progress.Reporter) *handle {
	if name == "" {
		name = DefaultName
	}
	if reporter == nil {
		reporter = progress.Discard
	}
	return &handle{engine: e, name: name, progress: reporter}
}
