package cri

import (
	"context"
	"fmt"

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

// Same says whether two lists name the same, in the same states.
func (l *List) Same(other *List) bool {
	states := l.states()
	theirs := other.states()
	if len(states) != len(theirs) {
		return false
	}
	for id, state := range states {
		if their, ok := theirs[id]; !ok || their != state {
			return false
		}
	}
	return true
}

// states are the states by ID; a sandbox's and a container's may be the same
// number, but never have the same ID.
func (l *List) states() map[string]int32 {
	states := make(map[string]int32, len(l.sandboxes)+len(l.containers))
	for _, s := range l.sandboxes {
		states[s.GetId()] = int32(s.GetState())
	}
	for _, c := range l.containers {
		states[c.GetId()] = int32(c.GetState())
	}
	return states
}
