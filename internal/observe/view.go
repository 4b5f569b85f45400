package observe

import (
	"cmp"
	"slices"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/world"
)

// A view is a node's snapshot with indexes.
type view struct {
	snapshot   *api.Snapshot
	processes  map[int]*world.Process
	byOwner    map[string][]*world.Process
	containers map[string]string // name by container ID
}

func newView(s *api.Snapshot) *view {
	v := &view{snapshot: s, processes: map[int]*world.Process{}, byOwner: map[string][]*world.Process{}, containers: map[string]string{}}
	for i := range s.Containers {
		v.containers[s.Containers[i].ID] = s.Containers[i].Name
	}
	for i := range s.Processes {
		p := v.process(&s.Processes[i])
		v.processes[p.PID] = p
		if owner := s.Processes[i].Owner; owner != "" {
			v.byOwner[owner] = append(v.byOwner[owner], p)
		}
	}
	return v
}

func (v *view) process(in *api.Process) *world.Process {
	p := &world.Process{
		PID: in.PID, PIDs: in.PIDs, InnerPID: in.PID, PPID: in.PPID, State: in.State, UID: in.UID, Name: in.Name,
		Command: in.Command, Exe: in.Exe, StartTicks: in.StartTicks, Threads: in.Threads, Container: v.containers[in.Owner],
	}
	if len(in.PIDs) > 0 {
		p.InnerPID = in.PIDs[len(in.PIDs)-1]
	}
	if in.Owner != "" {
		p.Exe = new("")
	}
	if p.Command == nil {
		p.Command = []string{}
	}
	if in.Namespaces != nil {
		p.Namespaces = new(world.Namespaces(*in.Namespaces))
	}
	return p
}

func (v *view) fillNode(n *world.Node) {
	n.CgroupVersion = new(v.snapshot.CgroupVersion)
	n.Init = v.processes[1]
	if host := v.snapshot.Host; host != (api.Namespaces{}) {
		n.Namespaces = new(world.Namespaces(host))
		n.Listeners = v.listeners(host.Net)
	}
	n.Sockets = []*world.Listener{}
	for i := range v.snapshot.Listeners {
		n.Sockets = append(n.Sockets, v.listener(&v.snapshot.Listeners[i]))
	}
	if v.snapshot.UnixListeners != nil {
		n.UnixListeners = []*world.UnixListener{}
	}
	for _, l := range v.snapshot.UnixListeners {
		n.UnixListeners = append(n.UnixListeners, &world.UnixListener{Path: l.Path, PIDs: l.PIDs, Clients: l.Clients})
	}
	n.Processes = make([]*world.Process, 0, len(v.processes))
	for i := range v.snapshot.Processes {
		n.Processes = append(n.Processes, v.processes[v.snapshot.Processes[i].PID])
	}
}

func (v *view) listeners(net int64) []*world.Listener {
	out := []*world.Listener{}
	for i := range v.snapshot.Listeners {
		if l := &v.snapshot.Listeners[i]; l.Net == net {
			out = append(out, v.listener(l))
		}
	}
	return out
}

func (v *view) listener(l *api.Listener) *world.Listener {
	pids := l.PIDs
	if pids == nil {
		pids = []int{}
	}
	return &world.Listener{Net: l.Net, Address: l.Address, Port: l.Port, PIDs: pids, Container: v.containerOf(pids)}
}

func (v *view) containerOf(pids []int) string {
	for _, pid := range pids {
		if p, ok := v.processes[pid]; ok && p.Container != "" {
			return p.Container
		}
	}
	return ""
}

// fillPod adds the facts from the runtime and the kernel about the pod with that UID.
func (v *view) fillPod(p *world.Pod, uid string) {
	p.Sandboxes = []*world.Sandbox{}
	p.Containers = map[string]*world.Container{}
	p.Processes = []*world.Process{}
	owners := map[string]bool{}
	for i := range v.snapshot.Sandboxes {
		s := &v.snapshot.Sandboxes[i]
		if s.PodUID == uid {
			owners[s.ID] = true
			p.Sandboxes = append(p.Sandboxes, v.sandbox(s))
			p.Processes = append(p.Processes, v.byOwner[s.ID]...)
		}
	}
	slices.SortFunc(p.Sandboxes, func(a, b *world.Sandbox) int {
		return cmp.Or(cmp.Compare(a.Attempt, b.Attempt), cmp.Compare(a.CreatedAt, b.CreatedAt))
	})
	if len(p.Sandboxes) > 0 {
		p.Sandbox = p.Sandboxes[len(p.Sandboxes)-1]
	}
	for i := range v.snapshot.Containers {
		c := &v.snapshot.Containers[i]
		if !owners[c.SandboxID] {
			continue
		}
		p.Processes = append(p.Processes, v.byOwner[c.ID]...)
		if old, ok := p.Containers[c.Name]; !ok || newer(c, old) {
			p.Containers[c.Name] = v.container(c)
		}
	}
	slices.SortFunc(p.Processes, func(a, b *world.Process) int { return cmp.Compare(a.PID, b.PID) })
	for _, c := range p.Containers {
		v.fillContainer(c, p)
	}
}

// newer orders the attempts of one container; their IDs are random.
func newer(c *api.Container, than *world.Container) bool {
	return cmp.Or(cmp.Compare(c.Attempt, than.Attempt), cmp.Compare(c.StartedAt, than.StartedAt)) > 0
}

func (v *view) sandbox(s *api.Sandbox) *world.Sandbox {
	return &world.Sandbox{
		ID: s.ID, Attempt: s.Attempt, Ready: s.Ready, PID: s.PID, Image: s.Image, CreatedAt: s.CreatedAt, IP: s.IP,
		NetworkNamespacePath: s.NetworkNamespacePath, PinnedNetwork: s.PinnedNetwork, NamespacePaths: s.NamespacePaths,
		Process: v.owned(s.PID, s.ID),
	}
}

func (v *view) container(c *api.Container) *world.Container {
	return &world.Container{
		Name: c.Name, ID: c.ID, SandboxID: c.SandboxID, Attempt: c.Attempt, State: c.State, Image: c.Image, PID: c.PID,
		ExitCode: c.ExitCode, StartedAt: c.StartedAt, FinishedAt: c.FinishedAt, NamespacePaths: c.NamespacePaths,
		Main: v.owned(c.PID, c.ID),
	}
}

// owned returns the process with that pid if it belongs to that sandbox or
// container: the runtime may still report a pid that another process has now.
func (v *view) owned(pid int, owner string) *world.Process {
	for _, p := range v.byOwner[owner] {
		if p.PID == pid {
			return p
		}
	}
	return nil
}

// fillContainer adds the view from inside a container.
func (v *view) fillContainer(c *world.Container, p *world.Pod) {
	c.Processes = orEmpty(v.byOwner[c.ID])
	c.Zombies = []*world.Process{}
	for _, q := range c.Processes {
		if q.State == "Z" {
			c.Zombies = append(c.Zombies, q)
		}
	}
	if c.Main == nil || c.Main.Namespaces == nil {
		return // without a main process, the view from inside is unknown
	}
	c.Visible = v.visible(c.Main.Namespaces.PID, p)
	for _, q := range c.Visible {
		if q.InnerPID == 1 {
			c.PID1 = q
		}
	}
	c.Listeners = v.listeners(c.Main.Namespaces.Net)
}

// visible returns the processes of a PID namespace. A zombie has left its namespaces,
// but ps still shows it where the other processes of its container are.
func (v *view) visible(pidNamespace int64, p *world.Pod) []*world.Process {
	out := []*world.Process{}
	homes := map[string]bool{}
	for _, q := range v.processes {
		if q.Namespaces != nil && q.Namespaces.PID == pidNamespace {
			out = append(out, q)
			homes[q.Container] = true
		}
	}
	for _, q := range p.Processes {
		if q.Namespaces == nil && homes[q.Container] {
			out = append(out, q)
		}
	}
	slices.SortFunc(out, func(a, b *world.Process) int { return cmp.Compare(a.PID, b.PID) })
	return out
}

func orEmpty(p []*world.Process) []*world.Process {
	if p == nil {
		return []*world.Process{}
	}
	return p
}
