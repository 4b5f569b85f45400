package cri

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sync/errgroup"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// A List holds the runtime's sandboxes and containers with their states.
type List struct {
	sandboxes  []*runtime.PodSandbox
	containers []*runtime.Container
}

// List lists all sandboxes and containers.
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
	c.rememberIdentities(list)
	return list, nil
}

// IDs returns the IDs of all sandboxes and containers.
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

// Changed returns the kube namespaces in which a sandbox or container is in only
// one of the two lists, or has another state.
func (l *List) Changed(other *List) []string {
	before, after := l.states(), other.states()
	changed := map[string]bool{}
	for id, item := range before {
		if after[id] != item {
			changed[item.kubeNamespace] = true
		}
	}
	for id, item := range after {
		if before[id] != item {
			changed[item.kubeNamespace] = true
		}
	}
	return slices.Sorted(maps.Keys(changed))
}

// An itemState is the state of a sandbox or container. Sandboxes and containers
// use the same numbers for different states, but never the same IDs.
type itemState struct {
	state         int32
	kubeNamespace string
}

// states returns the states of all sandboxes and containers by ID.
func (l *List) states() map[string]itemState {
	states := make(map[string]itemState, len(l.sandboxes)+len(l.containers))
	for _, s := range l.sandboxes {
		states[s.GetId()] = itemState{int32(s.GetState()), s.GetMetadata().GetNamespace()}
	}
	for _, c := range l.containers {
		// The sandbox is only missing if the list was made during a change.
		kubeNamespace := states[c.GetPodSandboxId()].kubeNamespace
		states[c.GetId()] = itemState{int32(c.GetState()), kubeNamespace}
	}
	return states
}
