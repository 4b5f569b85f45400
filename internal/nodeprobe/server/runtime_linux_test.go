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

// settledSnapshot takes snapshots until one has no contradictions. The first is
// enough unless the machine is so busy that the runtime needs more than
// settleTimeout.
func (s *session) settledSnapshot() *api.Snapshot {
	s.t.Helper()
	start := time.Now()
	for {
		got := s.snapshot()
		if !slices.ContainsFunc(got.Problems, isContradiction) {
			return got
		}
		if elapsed := time.Since(start); elapsed < settleTimeout || elapsed > 10*time.Second {
			s.t.Fatalf("contradictions after %v: %q", elapsed, got.Problems)
		}
	}
}

func find[T any](t *testing.T, all []T, match func(T) bool) T {
	t.Helper()
	i := slices.IndexFunc(all, match)
	if i < 0 {
		t.Fatalf("no match among %+v", all)
	}
	return all[i]
}

// TestKill kills a container and a sandbox. It checks the events, and that snapshots
// wait until the runtime has noticed the exit.
func TestKill(t *testing.T) {
	r := runtimetest.Start(t)
	r.RequireEvents(t)
	s := startSession(t, r.Socket)
	if hello := s.hello(); hello.RuntimeError != "" {
		t.Fatal(hello.RuntimeError)
	}
	sandbox := r.RunSandbox(t, "web", 0)
	container := r.CreateContainer(t, sandbox, "web", "nginx", "forever", "idle")
	r.StartContainer(t, container)
	s.event("container-started", container)

	before := s.settledSnapshot()
	c := find(t, before.Containers, func(c api.Container) bool { return c.ID == container })
	main := find(t, before.Processes, func(p api.Process) bool { return p.PID == c.PID })
	pause := find(t, before.Processes, func(p api.Process) bool { return p.PID == before.Sandboxes[0].PID })
	if main.Owner != container || pause.Owner != sandbox {
		t.Errorf("owners: %q of the main process, %q of the pause process", main.Owner, pause.Owner)
	}
	if main.Namespaces.IPC != pause.Namespaces.IPC || main.Namespaces.PID == pause.Namespaces.PID {
		t.Errorf("namespaces: %+v of the main process, %+v of the pause process", main.Namespaces, pause.Namespaces)
	}

	killed := s.call(api.Request{ID: 1, Op: "signal", Signal: &api.Signal{PID: main.PID, StartTicks: main.StartTicks, Signal: 9}})
	// Now the kernel knows of the death, but the runtime does not yet.
	exited := s.event("process-exited", container)
	after := s.settledSnapshot()
	if c := find(t, after.Containers, func(c api.Container) bool { return c.ID == container }); c.State != "Exited" || c.ExitCode != 137 {
		t.Errorf("after the exit: %+v", c)
	}
	want := api.Event{
		At: exited.At, What: "process-exited", ID: container, SandboxID: sandbox, ContainerName: "nginx", PID: main.PID, Source: "pidfd",
		PodUID: runtimetest.PodUID("web"), PodName: "web", KubeNamespace: runtimetest.KubeNamespace,
	}
	if exited != want || exited.At < killed.SentAt {
		t.Errorf("event %+v, want %+v, after the signal at %d", exited, want, killed.SentAt)
	}
	stopped := s.event("container-stopped", container)
	if stopped.At < exited.At || stopped.Source != "cri" {
		t.Errorf("event %+v, want one after %d", stopped, exited.At)
	}

	s.call(api.Request{ID: 1, Op: "signal", Signal: &api.Signal{PID: pause.PID, StartTicks: pause.StartTicks, Signal: 9}})
	if e := s.event("process-exited", sandbox); e.PID != pause.PID || e.ContainerName != "" {
		t.Errorf("event %+v, want one of process %d without a container", e, pause.PID)
	}
	after = s.settledSnapshot()
	if after.Sandboxes[0].Ready || after.Sandboxes[0].PID != 0 {
		t.Errorf("after the sandbox's exit: %+v", after.Sandboxes[0])
	}
	s.event("sandbox-stopped", sandbox)
}

// TestNoEventsFromBeforeStart checks that the server sends no events from before its
// start, but follows the processes that were already running.
func TestNoEventsFromBeforeStart(t *testing.T) {
	r := runtimetest.Start(t)
	r.RequireEvents(t)
	sandbox := r.RunSandbox(t, "old", 0)
	s := startSession(t, r.Socket)
	s.hello()
	pid := s.snapshot().Sandboxes[0].PID
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	s.event("process-exited", sandbox)
	s.event("sandbox-stopped", sandbox)
	for _, e := range s.events {
		t.Errorf("event from before the start: %+v", e)
	}
}

// TestRuntimeLost checks that the server works without the runtime: it still reports
// exits, and snapshots say what is missing. It also checks that all is complete when
// the runtime is back.
func TestRuntimeLost(t *testing.T) {
	r := runtimetest.Start(t)
	r.RequireEvents(t)
	sandbox := r.RunSandbox(t, "web", 0)
	s := startSession(t, r.Socket)
	s.hello()
	pid := s.snapshot().Sandboxes[0].PID
	r.KillDaemon(t)
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
	r.StartDaemon(t)
	s.event("runtime-back", "")
	got = s.settledSnapshot()
	if got.RuntimeError != "" || len(got.Sandboxes) != 1 || got.Sandboxes[0].Ready {
		t.Errorf("after the runtime's return: error %q, sandboxes %+v", got.RuntimeError, got.Sandboxes)
	}
	s.event("sandbox-created", r.RunSandbox(t, "new", 0))
}

// TestChurn takes snapshots while containers come and go. It checks that snapshots
// without a problem are consistent, and that most snapshots are.
func TestChurn(t *testing.T) {
	r := runtimetest.Start(t)
	s := startSession(t, r.Socket)
	s.hello()
	steps, churned := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(churned)
		var sandbox, container string
		cycle := []func(){
			func() { sandbox = r.RunSandbox(t, "web", 0) },
			func() { container = r.CreateContainer(t, sandbox, "web", "nginx", "forever", "idle") },
			func() { r.StartContainer(t, container) },
			func() { r.StopContainer(t, container) },
			func() { r.RemoveSandbox(t, sandbox) },
		}
		for i := 0; ; i++ {
			if _, more := <-steps; !more {
				return
			}
			cycle[i%len(cycle)]()
		}
	}()
	const total = 40
	consistent := 0
	for range total {
		select {
		case steps <- struct{}{}: // runs during the snapshot
		default: // the previous step is still running
		}
		got := s.snapshot()
		if !slices.ContainsFunc(got.Problems, isContradiction) {
			consistent++
			checkConsistent(t, got)
		}
	}
	close(steps)
	<-churned
	if consistent < total/2 {
		t.Errorf("%d of %d snapshots have no contradictions, want half of them or more", consistent, total)
	}
}

// isContradiction distinguishes contradictions from problems with processes of the
// test's host that the test can't read.
func isContradiction(problem string) bool {
	return problem == listChanged || strings.HasPrefix(problem, "the runtime reports ")
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
