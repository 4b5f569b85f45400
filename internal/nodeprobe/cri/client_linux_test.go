package cri

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/proc"
	"podlab/internal/testkit/actor"
	"podlab/internal/testkit/runtimetest"
)

func TestMain(m *testing.M) {
	actor.Main()
	m.Run()
}

func client(t *testing.T, socket string) *Client {
	t.Helper()
	c, err := New(socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func describe(t *testing.T, c *Client) ([]api.Sandbox, []api.Container) {
	t.Helper()
	list, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sandboxes, containers, err := c.Describe(t.Context(), list)
	if err != nil {
		t.Fatal(err)
	}
	return sandboxes, containers
}

// TestContainerLifecycle checks the descriptions and events of one sandbox and
// its container in all their states.
func TestContainerLifecycle(t *testing.T) {
	r := runtimetest.Start(t)
	c := client(t, r.Socket)
	stream, err := c.Subscribe(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	before, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sandbox := r.RunSandbox(t, "web", 3)
	container := r.CreateContainer(t, sandbox, "web", "nginx", "forever", "idle")
	after, err := c.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before.Changed(after), []string{runtimetest.KubeNamespace}) || len(after.Changed(after)) > 0 || !after.IDs()[sandbox] || !after.IDs()[container] {
		t.Errorf("the lists differ in %q", before.Changed(after))
	}

	sandboxes, containers := describe(t, c)
	s := sandboxes[0]
	if s.PID == 0 || !proc.InCgroup(s.PID, sandbox) || s.CreatedAt == 0 || s.Image == "" {
		t.Errorf("sandbox %+v", s)
	}
	var pinned, own unix.Stat_t
	if err := errors.Join(unix.Stat(s.NetworkNamespacePath, &pinned), unix.Stat(fmt.Sprintf("/proc/%d/ns/net", s.PID), &own)); err != nil || pinned.Ino != own.Ino {
		t.Errorf("network namespace %s: inode %d, the pause process has %d, %v", s.NetworkNamespacePath, pinned.Ino, own.Ino, err)
	}
	if path, ok := s.NamespacePaths["mount"]; !ok || path != "" || s.NamespacePaths["network"] != s.NetworkNamespacePath {
		t.Errorf("namespace paths of the sandbox: %v, network %s", s.NamespacePaths, s.NetworkNamespacePath)
	}
	pause := fmt.Sprintf("/proc/%d/ns/", s.PID)
	s.PID, s.CreatedAt, s.Image, s.NetworkNamespacePath, s.NamespacePaths = 0, 0, "", "", nil
	want := api.Sandbox{ID: sandbox, PodName: "web", PodUID: runtimetest.PodUID("web"), KubeNamespace: runtimetest.KubeNamespace, Attempt: 3, Ready: true, IP: runtimetest.SandboxIP}
	if !cmp.Equal(s, want) {
		t.Errorf("sandbox (-want +got):\n%s", cmp.Diff(want, s))
	}
	if got := containers[0]; got.State != "Created" || got.PID != 0 || got.StartedAt != 0 || got.SandboxID != sandbox || got.Name != "nginx" {
		t.Errorf("created: %+v", got)
	}

	r.StartContainer(t, container)
	_, containers = describe(t, c)
	if got := containers[0]; got.State != "Running" || !proc.InCgroup(got.PID, container) || got.NamespacePaths["ipc"] != pause+"ipc" || got.StartedAt < got.CreatedAt || got.FinishedAt != 0 {
		t.Errorf("running: %+v", got)
	}
	r.StopContainer(t, container)
	_, containers = describe(t, c)
	if got := containers[0]; got.State != "Exited" || got.PID != 0 || got.FinishedAt < got.StartedAt || got.ExitCode != 137 {
		t.Errorf("exited: %+v", got)
	}
	r.RemoveSandbox(t, sandbox)
	if sandboxes, containers = describe(t, c); len(sandboxes)+len(containers) != 0 {
		t.Errorf("removed: %+v %+v", sandboxes, containers)
	}
	r.RequireEvents(t)
	checkEvents(t, stream, sandbox, container)
}

func checkEvents(t *testing.T, stream *Stream, sandbox, container string) {
	t.Helper()
	var last int64
	for _, want := range []struct{ what, id, name string }{
		{"sandbox-created", sandbox, ""},
		{"sandbox-ready", sandbox, ""},
		{"container-created", container, "nginx"},
		{"container-started", container, "nginx"},
		{"container-stopped", container, "nginx"},
		{"sandbox-stopped", sandbox, ""},
		{"container-removed", container, "nginx"},
		{"sandbox-removed", sandbox, ""},
	} {
		e, err := stream.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e.At < last || time.Since(time.Unix(0, e.At)) > time.Minute {
			t.Errorf("%s at %d, the previous event at %d", e.What, e.At, last)
		}
		last, e.At = e.At, 0
		if want := (api.Event{
			What: want.what, ID: want.id, SandboxID: sandbox, ContainerName: want.name, Source: "cri",
			PodUID: runtimetest.PodUID("web"), PodName: "web", KubeNamespace: runtimetest.KubeNamespace,
		}); e != want {
			t.Errorf("event %+v, want %+v", e, want)
		}
	}
}

// TestRuntimeRestarts checks that the client reconnects soon after a restart.
func TestRuntimeRestarts(t *testing.T) {
	r := runtimetest.Start(t)
	c := client(t, r.Socket)
	sandbox := r.RunSandbox(t, "web", 0)
	before, _ := describe(t, c)
	r.KillDaemon(t)
	if err := c.Ping(t.Context()); err == nil {
		t.Error("Ping succeeded without a runtime")
	}
	r.StartDaemon(t)
	deadline := time.After(5 * time.Second)
	for c.Ping(t.Context()) != nil {
		select {
		case <-deadline:
			t.Fatal("the client did not reconnect within 5 s")
		case <-time.After(10 * time.Millisecond):
		}
	}
	after, _ := describe(t, client(t, r.Socket))
	if len(after) != 1 || !cmp.Equal(after[0], before[0]) || after[0].ID != sandbox {
		t.Errorf("sandboxes %+v after the restart, %+v before", after, before)
	}
}

func TestNoRuntime(t *testing.T) {
	c := client(t, "/nonexistent/containerd.sock")
	if err := c.Ping(t.Context()); err == nil {
		t.Error("Ping succeeded")
	}
	if _, err := c.List(t.Context()); err == nil {
		t.Error("List succeeded")
	}
}
