package cluster

import (
	"time"

	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/progress"
	"podlab/internal/state"
)

// DefaultName is the name that the study's texts use, so that their commands
// (docker exec -it myk8s-worker bash) work.
const DefaultName = "myk8s"

// A Cluster is a kind cluster that can be used.
type Cluster struct {
	Name string
	// Provider is the engine's: docker, podman or nerdctl.
	Provider string
	// Kubernetes is the version (v1.36.3).
	Kubernetes string
	// Images is where its images came from (registry, packages), "" when that is
	// not known.
	Images string
	// Kubeconfig is the path of a kubeconfig file whose current context is the
	// cluster.
	Kubeconfig string
	// Nodes are its nodes, control plane first.
	Nodes []Node
	// Reused says that it was there before.
	Reused bool
	// Foreign says that podlab did not make it: it may be looked at, nothing else.
	Foreign bool
	// Phases are the steps of bringing it up, in order, and how long they took.
	Phases []Phase
}

// A Node is a kind container.
type Node struct {
	// Name is the container's and the Kubernetes node's.
	Name string
	// Role is control-plane or worker.
	Role string
}

// A Phase is a step of bringing up a cluster.
type Phase struct {
	Name    string
	Elapsed time.Duration
}

// Usage is what makes kubectl use the cluster, as a line for a shell.
func (c *Cluster) Usage() string {
	return "export KUBECONFIG=" + c.Kubeconfig
}

// Config is what [Up] is to bring up.
type Config struct {
	// Name is the cluster's; "" is [DefaultName].
	Name string
	// Kind is kind's configuration file (kind.x-k8s.io/v1alpha4).
	Kind []byte
	// Images are those that the cluster is made of.
	Images *image.Images
	// Recreate allows to replace a cluster of podlab's that can't be used.
	Recreate bool
	// Retain keeps what a failed bring-up has made, and its logs.
	Retain bool
	// MergeKubeconfig adds the cluster to the user's own kubeconfig as well.
	MergeKubeconfig bool
	// Progress is told what takes time; nil says nothing.
	Progress progress.Reporter
}

// Lock takes the lock of the cluster of that name. Whoever brings up, uses or
// removes it holds the lock from before the first look to after the last; the
// error, when somebody else does, is a *[state.LockedError].
func Lock(name string) (*state.Held, error) {
	return state.Lock("cluster-" + name)
}

// site is a cluster's name on an engine, which is all that there need be of it.
type site struct {
	engine   *engine.Engine
	name     string
	progress progress.Reporter
}

func newSite(e *engine.Engine, name string, reporter progress.Reporter) *site {
	if name == "" {
		name = DefaultName
	}
	if reporter == nil {
		reporter = progress.Discard
	}
	return &site{engine: e, name: name, progress: reporter}
}
