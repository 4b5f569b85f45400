package cri

import (
	"context"
	"fmt"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"podlab/internal/nodeprobe/api"
)

// A Stream receives the runtime's events.
type Stream struct {
	client *Client
	events runtime.RuntimeService_GetContainerEventsClient
}

// Subscribe starts to receive events. The runtime first sends the events of the
// last minutes that it could not deliver to anybody. The caller must read the
// stream without delay: containerd blocks while it can't deliver its events.
func (c *Client) Subscribe(ctx context.Context) (*Stream, error) {
	events, err := c.runtime.GetContainerEvents(ctx, &runtime.GetEventsRequest{})
	if err != nil {
		return nil, fmt.Errorf("subscribe to the runtime's events: %w", err)
	}
	return &Stream{client: c, events: events}, nil
}

// eventNames are the names of the events, for sandboxes and containers.
var eventNames = map[runtime.ContainerEventType][2]string{
	runtime.ContainerEventType_CONTAINER_CREATED_EVENT: {"sandbox-created", "container-created"},
	runtime.ContainerEventType_CONTAINER_STARTED_EVENT: {"sandbox-ready", "container-started"},
	runtime.ContainerEventType_CONTAINER_STOPPED_EVENT: {"sandbox-stopped", "container-stopped"},
	runtime.ContainerEventType_CONTAINER_DELETED_EVENT: {"sandbox-removed", "container-removed"},
}

// Next waits for the next event. The event's time is the runtime's own.
func (s *Stream) Next() (api.Event, error) {
	for {
		e, err := s.events.Recv()
		if err != nil {
			return api.Event{}, fmt.Errorf("receive the runtime's events: %w", err)
		}
		identity, ok := s.client.identify(e)
		names, known := eventNames[e.GetContainerEventType()]
		if !ok || !known {
			continue // removed before nodeprobe learned its identity
		}
		what := names[0]
		if identity.ContainerName != "" {
			what = names[1]
		}
		return identity.Event(e.GetContainerId(), e.GetCreatedAt(), what, "cri"), nil
	}
}

// Event returns an event of the sandbox or container with the given ID.
func (i Identity) Event(id string, at int64, what, source string) api.Event {
	return api.Event{
		At: at, What: what, ID: id, Source: source,
		SandboxID: i.SandboxID, ContainerName: i.ContainerName,
		PodUID: i.PodUID, PodName: i.PodName, KubeNamespace: i.KubeNamespace,
	}
}

// identify returns the identity of an event's sandbox or container, from the
// event itself or from memory: the runtime no longer knows what it removed.
func (c *Client) identify(e *runtime.ContainerEventResponse) (Identity, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if sandbox := e.GetPodSandboxStatus(); sandbox != nil {
		identity := sandboxIdentity(sandbox.GetId(), sandbox.GetMetadata())
		c.identities[sandbox.GetId()] = identity
		for _, container := range e.GetContainersStatuses() {
			identity.ContainerName = container.GetMetadata().GetName()
			c.identities[container.GetId()] = identity
		}
	}
	identity, ok := c.identities[e.GetContainerId()]
	if e.GetContainerEventType() == runtime.ContainerEventType_CONTAINER_DELETED_EVENT {
		delete(c.identities, e.GetContainerId())
	}
	return identity, ok
}
