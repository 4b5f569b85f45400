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
	// settling is how long a snapshot waits for the runtime and the kernel to
	// agree. A runtime needs up to some 100 ms to notice that a container died.
	settling = 500 * time.Millisecond
	// pause is how long it waits for something to happen before it looks again.
	pause = 20 * time.Millisecond
)

// changing is what is said of a picture between whose beginning and end the
// runtime's world was not the same.
const changing = "the runtime's sandboxes and containers changed while they were read"

// A contradiction is what the runtime and the kernel, or the runtime before and
// after, do not agree on.
type contradiction struct{ kubeNamespace, what string }

// in reports whether it is in one of the kube namespaces; none stands for all.
func (c contradiction) in(kubeNamespaces []string) bool {
	return len(kubeNamespaces) == 0 || slices.Contains(kubeNamespaces, c.kubeNamespace)
}

// snapshot takes one picture of the node that is consistent in those kube
// namespaces, or, when none is given, in all. While the runtime and the kernel
// contradict each other there, because something is just starting or ending,
// it is taken again, as soon as something happens; contradictions that last,
// and those elsewhere, are told as problems.
func (s *Server) snapshot(ctx context.Context, kubeNamespaces []string) (*api.Snapshot, error) {
	s.taking.Lock()
	defer s.taking.Unlock()
	ctx, cancel := context.WithTimeout(ctx, settling+patience)
	defer cancel()
	settle := time.NewTimer(settling)
	defer settle.Stop()
	again := time.NewTicker(pause)
	defer again.Stop()
	for {
		picture, unsettled, err := s.picture(ctx)
		if err != nil {
			return nil, err
		}
		if !s.worthWaiting(unsettled, kubeNamespaces) || picture.RuntimeError != "" {
			return s.finish(picture, unsettled, kubeNamespaces), nil
		}
		select {
		case <-settle.C:
			return s.finish(picture, unsettled, kubeNamespaces), nil
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.changed:
		case <-again.C:
		}
	}
}

// worthWaiting reports whether what is unsettled in the kube namespaces can
// still settle: what an earlier snapshot has waited for in vain can't.
func (s *Server) worthWaiting(unsettled []contradiction, kubeNamespaces []string) bool {
	return slices.ContainsFunc(unsettled, func(c contradiction) bool {
		return c.in(kubeNamespaces) && (c.what == changing || !slices.Contains(s.unsettled, c))
	})
}

// finish keeps what was waited for in vain, now or before.
func (s *Server) finish(picture *api.Snapshot, unsettled []contradiction, kubeNamespaces []string) *api.Snapshot {
	before := s.unsettled
	s.unsettled = nil
	for _, c := range unsettled {
		if c.in(kubeNamespaces) || slices.Contains(before, c) {
			s.unsettled = append(s.unsettled, c)
		}
	}
	for _, c := range unsettled {
		picture.Problems = append(picture.Problems, c.what)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.lost != nil && picture.RuntimeError == "" {
		picture.Problems = append(picture.Problems, fmt.Sprintf("what happens in the runtime is not heard: %v", s.lost))
	}
	return picture
}

// picture reads everything once: the runtime's list, the processes, and the
// list again. unsettled are the contradictions in it.
func (s *Server) picture(ctx context.Context) (p *api.Snapshot, unsettled []contradiction, err error) {
	p = &api.Snapshot{}
	if p.CgroupVersion, err = proc.CgroupVersion(); err != nil {
		return nil, nil, err
	}
	before, runtimeError := s.describe(ctx, p)
	table, err := s.scanner.Scan(before.IDs())
	if err != nil {
		return nil, nil, err
	}
	var after *cri.List
	var problem string
	var meanwhile errgroup.Group
	meanwhile.Go(func() error {
		sockets, err := proc.Listening(table)
		if err != nil {
			return err
		}
		p.Listeners, p.UnixListeners = sockets.TCP, sockets.Unix
		problem = sockets.Problem
		return nil
	})
	if runtimeError == nil {
		after, runtimeError = s.runtime.List(ctx)
	}
	if err := meanwhile.Wait(); err != nil {
		return nil, nil, err
	}
	p.TakenAt = time.Now().UnixNano()
	p.Processes = table.Processes
	p.Problems = table.Problems
	if problem != "" {
		p.Problems = append(p.Problems, problem)
	}
	for i := range p.Sandboxes {
		p.Sandboxes[i].PinnedNetwork = proc.Pinned(p.Sandboxes[i].NetworkNamespacePath)
	}
	if init := table.Find(1); init != nil && init.Namespaces != nil {
		p.Host = *init.Namespaces
	}
	if runtimeError != nil {
		p.RuntimeError, p.Sandboxes, p.Containers = runtimeError.Error(), nil, nil
		return p, nil, nil //nolint:nilerr // the picture tells it
	}
	s.watchAll(p)
	unsettled = contradictions(p, table)
	for _, in := range before.Changed(after) {
		unsettled = append(unsettled, contradiction{in, changing})
	}
	return p, unsettled, nil
}

// describe asks the runtime for what it has.
func (s *Server) describe(ctx context.Context, p *api.Snapshot) (*cri.List, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	list, err := s.runtime.List(ctx)
	if err != nil {
		return &cri.List{}, err
	}
	p.Sandboxes, p.Containers, err = s.runtime.Describe(ctx, list)
	return list, err
}

// contradictions are the sandboxes and containers that the runtime says to be
// alive and the kernel does not.
func contradictions(p *api.Snapshot, table *proc.Table) []contradiction {
	var all []contradiction
	in := map[string]string{}
	for _, sandbox := range p.Sandboxes {
		in[sandbox.ID] = sandbox.KubeNamespace
		if sandbox.Ready {
			if why := missing(table, sandbox.PID, sandbox.ID); why != "" {
				all = append(all, contradiction{
					sandbox.KubeNamespace,
					fmt.Sprintf("sandbox %s of pod %s is said to be ready, but %s", sandbox.ID, sandbox.PodName, why),
				})
			}
		}
	}
	for _, container := range p.Containers {
		if container.State == "Running" {
			if why := missing(table, container.PID, container.ID); why != "" {
				all = append(all, contradiction{
					in[container.SandboxID],
					fmt.Sprintf("container %s (%s) is said to be running, but %s", container.ID, container.Name, why),
				})
			}
		}
	}
	return all
}

// missing says why a process is not the living one of id, "" when it is.
func missing(table *proc.Table, pid int, id string) string {
	process := table.Find(pid)
	switch {
	case pid == 0:
		return "the runtime knows no process of it"
	case process == nil:
		return fmt.Sprintf("its process %d is not there", pid)
	case process.State == "Z":
		return fmt.Sprintf("its process %d is a zombie", pid)
	case process.Owner != id:
		return fmt.Sprintf("process %d is not in its cgroup", pid)
	}
	return ""
}
