package server

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/cri"
	"podlab/internal/nodeprobe/proc"
)

const (
	// settleTimeout bounds the wait for the runtime and the kernel to agree. A
	// runtime needs up to some 100 ms to notice that a container died.
	settleTimeout = 500 * time.Millisecond
	// retryInterval is how long a snapshot waits for an event before it retries.
	retryInterval = 20 * time.Millisecond
)

// listChanged is the contradiction between the runtime's lists from before and
// after a scan.
const listChanged = "the runtime's sandboxes and containers changed during the snapshot"

// A contradiction is a disagreement between the runtime and the kernel, or between
// two lists of the runtime.
type contradiction struct{ kubeNamespace, problem string }

// in reports whether the contradiction is in one of the kube namespaces. Empty
// means all kube namespaces.
func (c contradiction) in(kubeNamespaces []string) bool {
	return len(kubeNamespaces) == 0 || slices.Contains(kubeNamespaces, c.kubeNamespace)
}

// snapshot takes a snapshot of the node that is consistent in the given kube
// namespaces, or in all if none is given.
//
// While the runtime and the kernel contradict each other there, because something
// is just starting or stopping, snapshot retries, as soon as something happens. It
// reports contradictions that last, and those in other kube namespaces, as
// problems.
func (s *server) snapshot(ctx context.Context, kubeNamespaces []string) (*api.Snapshot, error) {
	s.snapshotMutex.Lock()
	defer s.snapshotMutex.Unlock()
	ctx, cancel := context.WithTimeout(ctx, settleTimeout+runtimeTimeout)
	defer cancel()
	settle := time.NewTimer(settleTimeout)
	defer settle.Stop()
	retry := time.NewTicker(retryInterval)
	defer retry.Stop()
	for {
		snapshot, contradictions, err := s.read(ctx)
		if err != nil {
			return nil, err
		}
		if !s.maySettle(contradictions, kubeNamespaces) || snapshot.RuntimeError != "" {
			return s.finish(snapshot, contradictions, kubeNamespaces), nil
		}
		select {
		case <-settle.C:
			return s.finish(snapshot, contradictions, kubeNamespaces), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.changed:
		case <-retry.C:
		}
	}
}

// maySettle reports whether a contradiction in the kube namespaces may still
// settle: no earlier snapshot has timed out waiting for it.
func (s *server) maySettle(contradictions []contradiction, kubeNamespaces []string) bool {
	return slices.ContainsFunc(contradictions, func(c contradiction) bool {
		return c.in(kubeNamespaces) && (c.problem == listChanged || !slices.Contains(s.lasting, c))
	})
}

// finish adds the problems to a snapshot. It also remembers the contradictions for
// which this snapshot or an earlier one has timed out.
func (s *server) finish(snapshot *api.Snapshot, contradictions []contradiction, kubeNamespaces []string) *api.Snapshot {
	before := s.lasting
	s.lasting = nil
	for _, c := range contradictions {
		if c.in(kubeNamespaces) || slices.Contains(before, c) {
			s.lasting = append(s.lasting, c)
		}
		snapshot.Problems = append(snapshot.Problems, c.problem)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.eventsError != nil && snapshot.RuntimeError == "" {
		snapshot.Problems = append(snapshot.Problems, fmt.Sprintf("no events come from the runtime: %v", s.eventsError))
	}
	return snapshot
}

// read reads everything once: the runtime's list, the processes, and the list
// again. It also returns the contradictions between them.
func (s *server) read(ctx context.Context) (snapshot *api.Snapshot, all []contradiction, err error) {
	snapshot = &api.Snapshot{}
	if snapshot.CgroupVersion, err = proc.CgroupVersion(); err != nil {
		return nil, nil, err
	}
	before, runtimeError := s.describe(ctx, snapshot)
	table, err := s.scanner.Scan(before.IDs())
	if err != nil {
		return nil, nil, err
	}
	var after *cri.List
	var listeners *proc.Listeners
	var concurrent errgroup.Group
	concurrent.Go(func() (err error) {
		listeners, err = proc.ReadListeners(table)
		return err
	})
	if runtimeError == nil {
		after, runtimeError = s.runtime.List(ctx)
	}
	if err := concurrent.Wait(); err != nil {
		return nil, nil, err
	}
	snapshot.TakenAt = time.Now().UnixNano()
	snapshot.Processes = table.Processes
	snapshot.Listeners, snapshot.UnixListeners = listeners.TCP, listeners.Unix
	snapshot.Problems = table.Problems
	if listeners.Problem != "" {
		snapshot.Problems = append(snapshot.Problems, listeners.Problem)
	}
	for i := range snapshot.Sandboxes {
		sandbox := &snapshot.Sandboxes[i]
		sandbox.PinnedNetwork = proc.PinnedNamespace(sandbox.NetworkNamespacePath)
	}
	if init := table.Find(1); init != nil && init.Namespaces != nil {
		snapshot.Host = *init.Namespaces
	}
	if runtimeError != nil {
		snapshot.RuntimeError, snapshot.Sandboxes, snapshot.Containers = runtimeError.Error(), nil, nil
		return snapshot, nil, nil //nolint:nilerr // the error is in the snapshot
	}
	s.followAll(snapshot)
	all = findContradictions(snapshot, table)
	for _, kubeNamespace := range before.Changed(after) {
		all = append(all, contradiction{kubeNamespace, listChanged})
	}
	return snapshot, all, nil
}

// describe fills in the runtime's part of a snapshot.
func (s *server) describe(ctx context.Context, snapshot *api.Snapshot) (*cri.List, error) {
	ctx, cancel := context.WithTimeout(ctx, runtimeTimeout)
	defer cancel()
	list, err := s.runtime.List(ctx)
	if err != nil {
		return &cri.List{}, err
	}
	snapshot.Sandboxes, snapshot.Containers, err = s.runtime.Describe(ctx, list)
	return list, err
}

// findContradictions returns the sandboxes and containers that run according to the
// runtime, but not according to the kernel.
func findContradictions(snapshot *api.Snapshot, table *proc.Table) []contradiction {
	var all []contradiction
	kubeNamespaces := map[string]string{} // by sandbox ID
	for _, sandbox := range snapshot.Sandboxes {
		kubeNamespaces[sandbox.ID] = sandbox.KubeNamespace
		if sandbox.Ready {
			if reason := notRunning(table, sandbox.PID, sandbox.ID); reason != "" {
				all = append(all, contradiction{
					sandbox.KubeNamespace,
					fmt.Sprintf("the runtime reports sandbox %s of pod %s as ready, but %s", sandbox.ID, sandbox.PodName, reason),
				})
			}
		}
	}
	for _, container := range snapshot.Containers {
		if container.State == "Running" {
			if reason := notRunning(table, container.PID, container.ID); reason != "" {
				all = append(all, contradiction{
					kubeNamespaces[container.SandboxID],
					fmt.Sprintf("the runtime reports container %s (%s) as running, but %s", container.ID, container.Name, reason),
				})
			}
		}
	}
	return all
}

// notRunning returns why a pid is not the living process of the sandbox or
// container with the given ID, "" if it is.
func notRunning(table *proc.Table, pid int, id string) string {
	process := table.Find(pid)
	switch {
	case pid == 0:
		return "reports no process for it"
	case process == nil:
		return fmt.Sprintf("its process %d does not exist", pid)
	case process.State == "Z":
		return fmt.Sprintf("its process %d is a zombie", pid)
	case process.Owner != id:
		return fmt.Sprintf("process %d is not in its cgroup", pid)
	}
	return ""
}
