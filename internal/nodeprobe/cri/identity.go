package cri

import runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

// An Identity says whose a sandbox or container is.
type Identity struct {
	SandboxID string
	// ContainerName is "" for a sandbox.
	ContainerName                  string
	PodUID, PodName, KubeNamespace string
}

// identify remembers who everything in the list is. Most is forgotten when its
// removal is heard of; what was removed unheard must not add up for ever.
func (c *Client) identify(list *List) {
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

// Identity returns whose a sandbox or container is that was listed, or that
// something happened to.
func (c *Client) Identity(id string) (Identity, bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	identity, ok := c.identities[id]
	return identity, ok
}
