package server

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/testkit/runtimetest"
)

// requireEvents skips the test where containerd is too old for events.
func (s *session) requireEvents() {
	s.t.Helper()
	for _, problem := range s.snapshot().Problems {
		if strings.Contains(problem, "GetContainerEvents not implemented") {
			s.t.Skip("this containerd has no events: ", problem)
		}
	}
}

func find[T any](t *testing.T, all []T, is func(T) bool) T {
	t.Helper()
	i := slices.IndexFunc(all, is)
	if i < 0 {
		t.Fatalf("not found among %+v", all)
	}
	return all[i]
}

// TestKill follows the death of a container and of a sandbox: events at once,
// and snapshots without contradictions at any time.
func TestKill(t *testing.T) {
	r := runtimetest.Start(t)
	s := begin(t, r.Socket)
	if hello := s.hello(); hello.RuntimeError != "" {
		t.Fatal(hello.RuntimeError)
	}
	s.requireEvents()
	sandbox := r.Sandbox(t, "web", 0)
	container := r.Create(t, sandbox, "web", "nginx", "forever", "idle")
	r.Start(t, container)
	s.event("container-started", container)

	before := s.snapshot()
	if slices.ContainsFunc(before.Problems, concernsRuntime) {
		t.Errorf("problems: %q", before.Problems)
	}
	c := find(t, before.Containers, func(c api.Container) bool { return c.ID == container })
	main := find(t, before.Processes, func(p api.Process) bool { return p.PID == c.PID })
	pause := find(t, before.Processes, func(p api.Process) bool { return p.PID == before.Sandboxes[0].PID })
	if main.Owner != container || pause.Owner != sandbox {
		t.Errorf("owners: %q of the container's process, %q of the sandbox's", main.Owner, pause.Owner)
	}
	if main.Namespaces.IPC != pause.Namespaces.IPC || main.Namespaces.PID == pause.Namespaces.PID {
		t.Errorf("namespaces: %+v, pause's %+v", main.Namespaces, pause.Namespaces)
	}

	killed := s.ask(api.Request{ID: 1, Op: "signal", Signal: &api.Signal{PID: main.PID, StartTicks: main.StartTicks, Signal: 9}})
	after := s.snapshot()
	if c := find(t, after.Containers, func(c api.Container) bool { return c.ID == container }); slices.ContainsFunc(after.Problems, concernsRuntime) || c.State != "Exited" || c.ExitCode != 137 {
		t.Errorf("right after the kill: %+v, problems %q", c, after.Problems)
	}
	exited := s.event("process-exited", container)
	want := api.Event{
		At: exited.At, What: "process-exited", ID: container, SandboxID: sandbox, ContainerName: "nginx", PID: main.PID, Source: "pidfd",
		PodUID: runtimetest.PodUID("web"), PodName: "web", KubeNamespace: runtimetest.KubeNamespace,
	}
	if exited != want || exited.At < killed.SentAt {
		t.Errorf("event %+v, want %+v, sent at %d", exited, want, killed.SentAt)
	}
	stopped := s.event("container-stopped", container)
	if stopped.At < exited.At || stopped.Source != "cri" {
		t.Errorf("stopped %+v, exited at %d", stopped, exited.At)
	}

	s.ask(api.Request{ID: 1, Op: "signal", Signal: &api.Signal{PID: pause.PID, StartTicks: pause.StartTicks, Signal: 9}})
	after = s.snapshot()
	if slices.ContainsFunc(after.Problems, concernsRuntime) || after.Sandboxes[0].Ready || after.Sandboxes[0].PID != 0 {
		t.Errorf("right after the sandbox's death: %+v, problems %q", after.Sandboxes[0], after.Problems)
	}
	if e := s.event("process-exited", sandbox); e.PID != pause.PID || e.ContainerName != "" {
		t.Errorf("event %+v", e)
	}
	s.event("sandbox-stopped", sandbox)
}

// TestOldNewsIsNoNews: what happened before nodeprobe began is in its
// snapshots, not in its events; deaths of what was there before are.
func TestOldNewsIsNoNews(t *testing.T) {
	r := runtimetest.Start(t)
	sandbox := r.Sandbox(t, "old", 0)
	s := begin(t, r.Socket)
	s.hello()
	s.requireEvents()
	pid := s.snapshot().Sandboxes[0].PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.event("process-exited", sandbox)
	s.event("sandbox-stopped", sandbox)
	for _, e := range s.events {
		t.Errorf("old news: %+v", e)
	}
}

// TestRuntimeIsLost: while the runtime is away, deaths are still seen and
// snapshots say what is missing; when it is back everything is.
func TestRuntimeIsLost(t *testing.T) {
	r := runtimetest.Start(t)
	sandbox := r.Sandbox(t, "web", 0)
	s := begin(t, r.Socket)
	s.hello()
	s.requireEvents()
	pid := s.snapshot().Sandboxes[0].PID
	r.End(t)
	s.event("runtime-lost", "")
	got := s.snapshot()
	if got.RuntimeError == "" || got.Sandboxes != nil || len(got.Processes) == 0 {
		t.Errorf("without the runtime: error %q, sandboxes %v, %d processes", got.RuntimeError, got.Sandboxes, len(got.Processes))
	}
	before := time.Now()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if e := s.event("process-exited", sandbox); e.At < before.UnixNano() {
		t.Errorf("exited at %d, killed at %d", e.At, before.UnixNano())
	}
	r.Begin(t)
	s.event("runtime-back", "")
	got = s.snapshot()
	if got.RuntimeError != "" || len(got.Sandboxes) != 1 || got.Sandboxes[0].Ready || slices.ContainsFunc(got.Problems, concernsRuntime) {
		t.Errorf("with the runtime again: %q %+v %q", got.RuntimeError, got.Sandboxes, got.Problems)
	}
	s.event("sandbox-created", r.Sandbox(t, "new", 0))
}

// TestChurn takes snapshots while containers come and go. Those without a
// problem are consistent, and they are most.
func TestChurn(t *testing.T) {
	r := runtimetest.Start(t)
	s := begin(t, r.Socket)
	s.hello()
	steps, churned := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(churned)
		var sandbox, container string
		cycle := []func(){
			func() { sandbox = r.Sandbox(t, "web", 0) },
			func() { container = r.Create(t, sandbox, "web", "nginx", "forever", "idle") },
			func() { r.Start(t, container) },
			func() { r.Stop(t, container) },
			func() { r.Remove(t, sandbox) },
		}
		for i := 0; ; i++ {
			if _, more := <-steps; !more {
				return
			}
			cycle[i%len(cycle)]()
		}
	}()
	const all = 40
	whole := 0
	for range all {
		select {
		case steps <- struct{}{}: // begins while the snapshot is taken
		default: // the last step is still under way
		}
		got := s.snapshot()
		if !slices.ContainsFunc(got.Problems, concernsRuntime) {
			whole++
			checkConsistent(t, got)
		}
	}
	close(steps)
	<-churned
	if whole < all/2 {
		t.Errorf("only %d of %d snapshots were whole", whole, all)
	}
}

// concernsRuntime tells problems with the runtime from those with processes of
// the test's host that the test may not look at.
func concernsRuntime(problem string) bool {
	return problem == changing || strings.Contains(problem, "is said to be")
}

func checkConsistent(t *testing.T, s *api.Snapshot) {
	t.Helper()
	owned := func(pid int, id string) bool {
		return slices.ContainsFunc(s.Processes, func(p api.Process) bool {
			return p.PID == pid && p.Owner == id && p.State != "Z" && p.Namespaces != nil
		})
	}
	known := map[string]bool{"": true}
	for _, sandbox := range s.Sandboxes {
		known[sandbox.ID] = true
		if sandbox.Ready && !owned(sandbox.PID, sandbox.ID) {
			t.Errorf("sandbox %+v has no process", sandbox)
		}
	}
	for _, c := range s.Containers {
		known[c.ID] = true
		if c.State == "Running" && !owned(c.PID, c.ID) {
			t.Errorf("container %+v has no process", c)
		}
		if !known[c.SandboxID] {
			t.Errorf("container %+v has no sandbox", c)
		}
	}
	for _, p := range s.Processes {
		if !known[p.Owner] {
			t.Errorf("process %+v has an unknown owner", p)
		}
	}
}
