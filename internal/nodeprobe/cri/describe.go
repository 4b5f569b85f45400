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

// sandboxDetails are what only a sandbox's status says, as of a state.
type sandboxDetails struct {
	state      runtime.PodSandboxState
	pid        int
	image, ip  string
	namespaces map[string]string
}

// containerDetails are what only a container's status says, as of a state.
type containerDetails struct {
	state                 runtime.ContainerState
	pid, exitCode         int
	image                 string
	startedAt, finishedAt int64
	namespaces            map[string]string
}

// info is what is used of containerd's verbose status (SandboxInfo and
// ContainerInfo in its CRI plugin).
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

// namespaces are the paths of the runtime specification's by type, "" for a new
// one.
func (i info) namespaces() map[string]string {
	paths := map[string]string{}
	for _, ns := range i.RuntimeSpec.Linux.Namespaces {
		paths[ns.Type] = ns.Path
	}
	return paths
}

// Describe returns all that CRI says of what was listed, without what is gone
// since. One status call for each thing is the price, paid once in each of its
// states: the pid of a running container never changes, nor does anything of
// an exited one.
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
	return present(sandboxes), present(containers), nil
}

func present[T any](all []*T) []T {
	there := make([]T, 0, len(all))
	for _, one := range all {
		if one != nil {
			there = append(there, *one)
		}
	}
	return there
}

// sandbox describes a sandbox; nil when it is gone. What is known of a ready
// one stays true; of one that is not, network namespace and IP go one after the
// other.
func (c *Client) sandbox(ctx context.Context, s *runtime.PodSandbox) (*api.Sandbox, error) {
	c.mutex.Lock()
	d, ok := c.sandboxes[s.GetId()]
	c.mutex.Unlock()
	if !ok || d.state != s.GetState() || d.state != runtime.PodSandboxState_SANDBOX_READY {
		var err error
		if d, err = c.askSandbox(ctx, s.GetId()); err != nil {
			return nil, unlessGone("sandbox", s.GetId(), err)
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

func (c *Client) askSandbox(ctx context.Context, id string) (sandboxDetails, error) {
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
	if d.image == "" { // with its container the runtime has lost what it was made of
		before := c.sandboxes[id]
		d.image, d.namespaces = before.image, before.namespaces
	}
	c.sandboxes[id] = d
	return d, nil
}

// sandboxStatus asks again when the runtime could not tell: containerd looks for
// a sandbox's network namespace in two steps, and fails when that is removed in
// between.
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

// container describes a container; nil when it is gone.
func (c *Client) container(ctx context.Context, item *runtime.Container) (*api.Container, error) {
	c.mutex.Lock()
	d, ok := c.containers[item.GetId()]
	c.mutex.Unlock()
	if !ok || d.state != item.GetState() || d.state == runtime.ContainerState_CONTAINER_UNKNOWN {
		var err error
		if d, err = c.askContainer(ctx, item.GetId()); err != nil {
			return nil, unlessGone("container", item.GetId(), err)
		}
	}
	return &api.Container{
		ID: item.GetId(), SandboxID: item.GetPodSandboxId(), Name: item.GetMetadata().GetName(),
		Attempt: int(item.GetMetadata().GetAttempt()), State: stateName(item.GetState()),
		PID: d.pid, ExitCode: d.exitCode, Image: d.image,
		CreatedAt: item.GetCreatedAt(), StartedAt: d.startedAt, FinishedAt: d.finishedAt, NamespacePaths: d.namespaces,
	}, nil
}

func (c *Client) askContainer(ctx context.Context, id string) (containerDetails, error) {
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

func unlessGone(what, id string, err error) error {
	if status.Code(err) == codes.NotFound {
		return nil
	}
	return fmt.Errorf("ask for the status of %s %s: %w", what, id, err)
}

// forget drops what is known of all but ids.
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

// SandboxPID asks for the pid of a sandbox's process; 0 when it has none.
func (c *Client) SandboxPID(ctx context.Context, id string) (int, error) {
	d, err := c.askSandbox(ctx, id)
	return d.pid, err
}

// ContainerPID asks for the pid of a container's main process; 0 when it has
// none.
func (c *Client) ContainerPID(ctx context.Context, id string) (int, error) {
	d, err := c.askContainer(ctx, id)
	return d.pid, err
}
