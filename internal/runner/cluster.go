package runner

import (
	"context"
	"syscall"

	corev1 "k8s.io/api/core/v1"

	"podlab/internal/lab"
	"podlab/internal/world"
)

// A Cluster changes and observes a cluster for the runner. A method with a kube
// namespace changes and observes only that kube namespace.
type Cluster interface {
	// Identity returns what tells this cluster from another one of the same name.
	Identity(ctx context.Context) Identity
	// World takes one picture. Its Missing lists the facts that it could not observe.
	World(ctx context.Context, scope world.Scope) *world.World
	// Follow starts the timeline of every node.
	Follow(ctx context.Context)
	// Changes returns a channel that receives a value after something changed in the
	// kube namespace; stop ends the subscription.
	Changes(kubeNamespace string) (changed <-chan struct{}, stop func())
	// Observe makes one observation. If its object is known not to exist, the error is
	// a *[world.AbsentError].
	Observe(ctx context.Context, kubeNamespace string, of *lab.Observation) (any, error)
	// Run runs a command whose values are filled in. Any exit code is a result.
	Run(ctx context.Context, kubeNamespace string, e *lab.Exec) (*lab.ExecResult, error)
	// Signal sends a signal to a process of a picture.
	Signal(ctx context.Context, node string, p *world.Process, sig syscall.Signal) (sentAt int64, err error)
	// NodeName returns the full name of a node (myk8s-worker) from its short name
	// (worker).
	NodeName(short string) string

	// EnsureNamespace creates a kube namespace, or reuses one that podlab created.
	EnsureNamespace(ctx context.Context, kubeNamespace string, labels map[string]string) error
	// DeleteNamespace starts the deletion of a kube namespace that podlab created.
	DeleteNamespace(ctx context.Context, kubeNamespace string) error
	// Reset deletes everything in a kube namespace and waits until it is gone.
	Reset(ctx context.Context, kubeNamespace string) error
	// Apply applies a manifest.
	Apply(ctx context.Context, kubeNamespace string, manifest []byte) error
	// Delete deletes an object and waits until it is gone.
	Delete(ctx context.Context, kubeNamespace, kind, name string, graceSeconds *int64) error
	// Debug adds an ephemeral container to a pod.
	Debug(ctx context.Context, kubeNamespace, pod string, container corev1.EphemeralContainer) error
	// Install writes an executable file into a node, completely or not at all.
	Install(ctx context.Context, node, path string, program []byte) error
}

// An Identity identifies a cluster. Parts that could not be had are "".
type Identity struct {
	// UID is that of the kube namespace kube-system.
	UID string `json:"uid,omitempty"`
	// Container is the engine's ID of the first node's container. It stands in for the
	// UID while the API server does not answer.
	Container string `json:"container,omitempty"`
}

// is reports whether both identities are known to be of one cluster.
func (i Identity) is(other Identity) bool {
	if i.UID != "" && other.UID != "" {
		return i.UID == other.UID
	}
	return i.Container != "" && i.Container == other.Container
}
