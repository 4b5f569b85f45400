package runtimetest

import (
	"context"
	"strings"
	"testing"
	"time"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// KubeNamespace is the kube namespace of all sandboxes.
const KubeNamespace = "podlab-test"

// cgroup is the parent of all sandboxes' cgroups.
const cgroup = "/podlab-test"

// PodUID returns the UID of the pod with that name.
func PodUID(pod string) string { return "uid-of-" + pod }

// RunSandbox runs a sandbox and returns its ID.
func (r *Runtime) RunSandbox(t testing.TB, pod string, attempt uint32) string {
	t.Helper()
	reply, err := r.CRI.RunPodSandbox(t.Context(), &runtime.RunPodSandboxRequest{Config: sandboxConfig(pod, attempt)})
	if err != nil {
		t.Fatalf("run sandbox %s: %v\n%s", pod, err, r.log())
	}
	return reply.GetPodSandboxId()
}

func sandboxConfig(pod string, attempt uint32) *runtime.PodSandboxConfig {
	return &runtime.PodSandboxConfig{
		Metadata: &runtime.PodSandboxMetadata{Name: pod, Uid: PodUID(pod), Namespace: KubeNamespace, Attempt: attempt},
		Linux: &runtime.LinuxPodSandboxConfig{
			CgroupParent:    cgroup,
			SecurityContext: &runtime.LinuxSandboxSecurityContext{NamespaceOptions: namespaces},
		},
	}
}

var namespaces = &runtime.NamespaceOption{Network: runtime.NamespaceMode_POD, Pid: runtime.NamespaceMode_CONTAINER}

// CreateContainer creates a container in a sandbox and returns its ID.
func (r *Runtime) CreateContainer(t testing.TB, sandbox, pod, name string, role ...string) string {
	t.Helper()
	reply, err := r.CRI.CreateContainer(t.Context(), &runtime.CreateContainerRequest{
		PodSandboxId: sandbox, SandboxConfig: sandboxConfig(pod, 0),
		Config: &runtime.ContainerConfig{
			Metadata: &runtime.ContainerMetadata{Name: name},
			Image:    &runtime.ImageSpec{Image: ActorImage},
			Envs:     []*runtime.KeyValue{{Key: "PODLAB_TEST_ACTOR", Value: []byte(strings.Join(role, " "))}},
			Linux: &runtime.LinuxContainerConfig{
				SecurityContext: &runtime.LinuxContainerSecurityContext{NamespaceOptions: namespaces},
			},
		},
	})
	if err != nil {
		t.Fatalf("create container %s: %v\n%s", name, err, r.log())
	}
	return reply.GetContainerId()
}

// StartContainer starts a container.
func (r *Runtime) StartContainer(t testing.TB, container string) {
	t.Helper()
	if _, err := r.CRI.StartContainer(t.Context(), &runtime.StartContainerRequest{ContainerId: container}); err != nil {
		t.Fatalf("start container %s: %v\n%s", container, err, r.log())
	}
}

// StopContainer kills a container.
func (r *Runtime) StopContainer(t testing.TB, container string) {
	t.Helper()
	if _, err := r.CRI.StopContainer(t.Context(), &runtime.StopContainerRequest{ContainerId: container}); err != nil {
		t.Fatalf("stop container %s: %v", container, err)
	}
}

// RemoveSandbox stops and removes a sandbox with its containers.
func (r *Runtime) RemoveSandbox(t testing.TB, sandbox string) {
	t.Helper()
	// At cleanup the test's context has ended.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Minute)
	defer cancel()
	if _, err := r.CRI.StopPodSandbox(ctx, &runtime.StopPodSandboxRequest{PodSandboxId: sandbox}); err != nil {
		t.Errorf("stop sandbox %s: %v", sandbox, err)
	}
	if _, err := r.CRI.RemovePodSandbox(ctx, &runtime.RemovePodSandboxRequest{PodSandboxId: sandbox}); err != nil {
		t.Errorf("remove sandbox %s: %v", sandbox, err)
	}
}

func (r *Runtime) removeSandboxes(t testing.TB) {
	t.Helper()
	list, err := r.CRI.ListPodSandbox(context.WithoutCancel(t.Context()), &runtime.ListPodSandboxRequest{})
	if err != nil {
		t.Errorf("list sandboxes: %v", err)
	}
	for _, sandbox := range list.GetItems() {
		r.RemoveSandbox(t, sandbox.GetId())
	}
}
