package cri

import runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

// An Identity says which pod a sandbox or container belongs to.
type Identity struct {
	SandboxID string
	// ContainerName is "" for a sandbox.
	ContainerName                  string
	PodUID, PodName, KubeNamespace string
}

// rememberIdentities adds everything in the list to the identities. Removal
// events delete identities again. The limit keeps those without a removal event
// from adding up.
func (c *Client) rememberIdentities(list *List) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if len(c.identities) > 10_000+len(list.sandboxes)+len(list.containers) {
		clear(c.identities)
	}
	for _, s := range list.sandboxes {
		c.identities[s.GetId()] = sandboxIdentity(s.GetId(), s.GetMetadata())
	}
	for _, container := range list.containers {
		id := c.identities[container.GetPodSandboxId()]
		id.SandboxID, id.ContainerName = container.GetPodSandboxId(), container.GetMetadata().GetName()
		c.identities[container.GetId()] = id
	}
}

func sandboxIdentity(id string, pod *runtime.PodSandboxMetadata) Identity {
	return Identity{SandboxID: id, PodUID: pod.GetUid(), PodName: pod.GetName(), KubeNamespace: pod.GetNamespace()}
}

// Identity returns the identity of a sandbox or container that was listed or had
// an event.
func (c *Client) Identity(id string) (Identity, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	identity, ok := c.identities[id]
	return identity, ok
}
