package cri

import (
	"context"
	"fmt"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"podlab/internal/nodeprobe/api"
)

// A Stream is the runtime's events, one after another.
type Stream struct {
	client *Client
	events runtime.RuntimeService_GetContainerEventsClient
}

// Subscribe begins to receive events. The runtime first repeats those that it
// could not give to anybody in the last minutes. It must be read without
// delay: a containerd that can't get rid of its events stands still.
func (c *Client) Subscribe(ctx context.Context) (*Stream, error) {
	events, err := c.runtime.GetContainerEvents(ctx, &runtime.GetEventsRequest{})
	if err != nil {
		return nil, fmt.Errorf("ask for the runtime's events: %w", err)
	}
	return &Stream{client: c, events: events}, nil
}

// words are what the events are called, for sandboxes and containers.
var words = map[runtime.ContainerEventType][2]string{
	runtime.ContainerEventType_CONTAINER_CREATED_EVENT: {"sandbox-created", "container-created"},
	runtime.ContainerEventType_CONTAINER_STARTED_EVENT: {"sandbox-ready", "container-started"},
	runtime.ContainerEventType_CONTAINER_STOPPED_EVENT: {"sandbox-stopped", "container-stopped"},
	runtime.ContainerEventType_CONTAINER_DELETED_EVENT: {"sandbox-removed", "container-removed"},
}

// Next waits for the next event. Its time is the runtime's own.
func (s *Stream) Next() (api.Event, error) {
	for {
		e, err := s.events.Recv()
		if err != nil {
			return api.Event{}, fmt.Errorf("follow the runtime's events: %w", err)
		}
		identity, ok := s.client.recognize(e)
		names, known := words[e.GetContainerEventType()]
		if !ok || !known {
			continue // of something that was gone before anybody knew it
		}
		what := names[0]
		if identity.ContainerName != "" {
			what = names[1]
		}
		return identity.Event(e.GetContainerId(), e.GetCreatedAt(), what, "cri"), nil
	}
}

// Event makes an event of something that happened to the one that is called id.
func (i Identity) Event(id string, at int64, what, source string) api.Event {
	return api.Event{
		At: at, What: what, ID: id, Source: source,
		SandboxID: i.SandboxID, ContainerName: i.ContainerName,
		PodUID: i.PodUID, PodName: i.PodName, KubeNamespace: i.KubeNamespace,
	}
}

// recognize says whose an event is, from what comes with it, else from what is
// remembered: of what has been removed the runtime no longer knows anything.
func (c *Client) recognize(e *runtime.ContainerEventResponse) (Identity, bool) {
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
