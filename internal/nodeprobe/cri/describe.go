package cri

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"podlab/internal/nodeprobe/api"
)

// sandboxDetails are the facts that only a sandbox's status has. They are valid
// for one state.
type sandboxDetails struct {
	state      runtime.PodSandboxState
	pid        int
	image, ip  string
	namespaces map[string]string
}

// containerDetails are the facts that only a container's status has. They are
// valid for one state.
type containerDetails struct {
	state                 runtime.ContainerState
	pid, exitCode         int
	image                 string
	startedAt, finishedAt int64
	namespaces            map[string]string
}

// info is the part of containerd's verbose status that nodeprobe uses
// (SandboxInfo and ContainerInfo in containerd's CRI plugin).
type info struct {
	PID         int    `json:"pid"`
	Image       string `json:"image"`
	RuntimeSpec struct {
		Linux struct {
			Namespaces []struct {
				Type string `json:"type"`
				Path string `json:"path"`
			} `json:"namespaces"`
		} `json:"linux"`
	} `json:"runtimeSpec"`
}

func parseInfo(verbose map[string]string) (info, error) {
	var i info
	text, ok := verbose["info"]
	if !ok {
		return i, errors.New("the runtime's verbose status has no info")
	}
	err := json.Unmarshal([]byte(text), &i)
	return i, err
}

// namespaces returns the namespace paths in the runtime spec by type, "" for a
// new namespace.
func (i info) namespaces() map[string]string {
	paths := map[string]string{}
	for _, ns := range i.RuntimeSpec.Linux.Namespaces {
		paths[ns.Type] = ns.Path
	}
	return paths
}

// Describe returns all that CRI knows about the sandboxes and containers of a
// list, without those removed since. It makes one status call for each of them,
// and caches the result while the state stays the same: the pid of a running
// container never changes, and nothing about an exited container does.
func (c *Client) Describe(ctx context.Context, list *List) ([]api.Sandbox, []api.Container, error) {
	sandboxes := make([]*api.Sandbox, len(list.sandboxes))
	containers := make([]*api.Container, len(list.containers))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(8)
	for i, s := range list.sandboxes {
		group.Go(func() (err error) {
			sandboxes[i], err = c.sandbox(ctx, s)
			return err
		})
	}
	for i, container := range list.containers {
		group.Go(func() (err error) {
			containers[i], err = c.container(ctx, container)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, nil, err
	}
	c.forget(list.IDs())
	return withoutNil(sandboxes), withoutNil(containers), nil
}

func withoutNil[T any](all []*T) []T {
	kept := make([]T, 0, len(all))
	for _, item := range all {
		if item != nil {
			kept = append(kept, *item)
		}
	}
	return kept
}

// sandbox describes a sandbox; nil if it was removed. It uses the cache only for
// ready sandboxes: a stopping sandbox loses its network namespace and its IP at
// different times.
func (c *Client) sandbox(ctx context.Context, s *runtime.PodSandbox) (*api.Sandbox, error) {
	c.mutex.Lock()
	d, ok := c.sandboxes[s.GetId()]
	c.mutex.Unlock()
	if !ok || d.state != s.GetState() || d.state != runtime.PodSandboxState_SANDBOX_READY {
		var err error
		if d, err = c.fetchSandbox(ctx, s.GetId()); err != nil {
			return nil, ignoreNotFound("sandbox", s.GetId(), err)
		}
	}
	pod := s.GetMetadata()
	return &api.Sandbox{
		ID: s.GetId(), PodName: pod.GetName(), PodUID: pod.GetUid(), KubeNamespace: pod.GetNamespace(),
		Attempt: int(pod.GetAttempt()), Ready: s.GetState() == runtime.PodSandboxState_SANDBOX_READY,
		PID: d.pid, Image: d.image, CreatedAt: s.GetCreatedAt(), IP: d.ip,
		NetworkNamespacePath: d.namespaces["network"], NamespacePaths: d.namespaces,
	}, nil
}

func (c *Client) fetchSandbox(ctx context.Context, id string) (sandboxDetails, error) {
	reply, err := c.sandboxStatus(ctx, id)
	if err != nil {
		return sandboxDetails{}, err
	}
	i, err := parseInfo(reply.GetInfo())
	if err != nil {
		return sandboxDetails{}, err
	}
	d := sandboxDetails{
		state: reply.GetStatus().GetState(), pid: i.PID, image: i.Image,
		ip: reply.GetStatus().GetNetwork().GetIp(), namespaces: i.namespaces(),
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if d.image == "" { // the runtime loses the image and the spec together with the container
		cached := c.sandboxes[id]
		d.image, d.namespaces = cached.image, cached.namespaces
	}
	c.sandboxes[id] = d
	return d, nil
}

// sandboxStatus retries if the runtime fails: containerd looks up a sandbox's
// network namespace in two steps, and fails if the namespace is removed between
// them.
func (c *Client) sandboxStatus(ctx context.Context, id string) (reply *runtime.PodSandboxStatusResponse, err error) {
	const attempts = 3
	for range attempts {
		reply, err = c.runtime.PodSandboxStatus(ctx, &runtime.PodSandboxStatusRequest{PodSandboxId: id, Verbose: true})
		if status.Code(err) != codes.Unknown {
			break
		}
	}
	return reply, err
}

// container describes a container; nil if it was removed.
func (c *Client) container(ctx context.Context, item *runtime.Container) (*api.Container, error) {
	c.mutex.Lock()
	d, ok := c.containers[item.GetId()]
	c.mutex.Unlock()
	if !ok || d.state != item.GetState() || d.state == runtime.ContainerState_CONTAINER_UNKNOWN {
		var err error
		if d, err = c.fetchContainer(ctx, item.GetId()); err != nil {
			return nil, ignoreNotFound("container", item.GetId(), err)
		}
	}
	return &api.Container{
		ID: item.GetId(), SandboxID: item.GetPodSandboxId(), Name: item.GetMetadata().GetName(),
		Attempt: int(item.GetMetadata().GetAttempt()), State: stateName(item.GetState()),
		PID: d.pid, ExitCode: d.exitCode, Image: d.image,
		CreatedAt: item.GetCreatedAt(), StartedAt: d.startedAt, FinishedAt: d.finishedAt, NamespacePaths: d.namespaces,
	}, nil
}

func (c *Client) fetchContainer(ctx context.Context, id string) (containerDetails, error) {
	reply, err := c.runtime.ContainerStatus(ctx, &runtime.ContainerStatusRequest{ContainerId: id, Verbose: true})
	if err != nil {
		return containerDetails{}, err
	}
	i, err := parseInfo(reply.GetInfo())
	if err != nil {
		return containerDetails{}, err
	}
	s := reply.GetStatus()
	d := containerDetails{
		state: s.GetState(), pid: i.PID, exitCode: int(s.GetExitCode()), image: s.GetImage().GetImage(),
		startedAt: s.GetStartedAt(), finishedAt: s.GetFinishedAt(), namespaces: i.namespaces(),
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.containers[id] = d
	return d, nil
}

// stateName turns CONTAINER_RUNNING into Running.
func stateName(state runtime.ContainerState) string {
	name := strings.TrimPrefix(state.String(), "CONTAINER_")
	return name[:1] + strings.ToLower(name[1:])
}

func ignoreNotFound(kind, id string, err error) error {
	if status.Code(err) == codes.NotFound {
		return nil
	}
	return fmt.Errorf("get the status of %s %s: %w", kind, id, err)
}

// forget drops the cached details of all but ids.
func (c *Client) forget(ids map[string]bool) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for id := range c.sandboxes {
		if !ids[id] {
			delete(c.sandboxes, id)
		}
	}
	for id := range c.containers {
		if !ids[id] {
			delete(c.containers, id)
		}
	}
}

// SandboxPID asks for the pid of a sandbox's pause process, 0 if it has none.
func (c *Client) SandboxPID(ctx context.Context, id string) (int, error) {
	d, err := c.fetchSandbox(ctx, id)
	return d.pid, err
}

// ContainerPID asks for the pid of a container's main process, 0 if it has none.
func (c *Client) ContainerPID(ctx context.Context, id string) (int, error) {
	d, err := c.fetchContainer(ctx, id)
	return d.pid, err
}
