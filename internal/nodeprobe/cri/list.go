package cri

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A List is the runtime's sandboxes and containers with their states.
type List struct {
	sandboxes  []*runtime.PodSandbox
	containers []*runtime.Container
}

// List asks what there is.
func (c *Client) List(ctx context.Context) (*List, error) {
	list := &List{}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		reply, err := c.runtime.ListPodSandbox(ctx, &runtime.ListPodSandboxRequest{})
		if err != nil {
			return fmt.Errorf("list sandboxes: %w", err)
		}
		list.sandboxes = reply.GetItems()
		return nil
	})
	group.Go(func() error {
		reply, err := c.runtime.ListContainers(ctx, &runtime.ListContainersRequest{})
		if err != nil {
			return fmt.Errorf("list containers: %w", err)
		}
		list.containers = reply.GetContainers()
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	c.identify(list)
	return list, nil
}

// IDs are those of all sandboxes and containers.
func (l *List) IDs() map[string]bool {
	ids := make(map[string]bool, len(l.sandboxes)+len(l.containers))
	for _, s := range l.sandboxes {
		ids[s.GetId()] = true
	}
	for _, c := range l.containers {
		ids[c.GetId()] = true
	}
	return ids
}

// Changed returns the kube namespaces of what one of two lists has and the other
// has not, or not in the same state.
func (l *List) Changed(other *List) []string {
	before, after := l.states(), other.states()
	changed := map[string]bool{}
	for id, one := range before {
		if after[id] != one {
			changed[one.kubeNamespace] = true
		}
	}
	for id, one := range after {
		if before[id] != one {
			changed[one.kubeNamespace] = true
		}
	}
	return slices.Sorted(maps.Keys(changed))
}

// A condition is the state of a sandbox or a container: as theirs can be the
// same number, but never their IDs, one type serves both.
type condition struct {
	state         int32
	kubeNamespace string
}

// states are what there is by ID.
func (l *List) states() map[string]condition {
	states := make(map[string]condition, len(l.sandboxes)+len(l.containers))
	for _, s := range l.sandboxes {
		states[s.GetId()] = condition{int32(s.GetState()), s.GetMetadata().GetNamespace()}
	}
	for _, c := range l.containers {
		// A container outlives its sandbox in no list but one that is being changed.
		in := states[c.GetPodSandboxId()].kubeNamespace
		states[c.GetId()] = condition{int32(c.GetState()), in}
	}
	return states
}
