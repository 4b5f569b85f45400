package anatomy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"podlab/internal/world"
)

// An Anatomy is what there is to see of one pod.
type Anatomy struct {
	// APIVersion is podlab/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is Anatomy.
	Kind string `json:"kind"`
	// Pod is all that was observed of the pod.
	Pod *world.Pod `json:"pod"`
	// NodeNamespaces are those that cells are compared with, missing when the
	// node could not be asked.
	NodeNamespaces *world.Namespaces `json:"nodeNamespaces,omitempty"`
	// Rows are the pod's processes: the pause first, then each container's, by
	// the container's name and the pid; missing when the node could not be asked.
	Rows []Row `json:"rows,omitempty"`
	// Listeners are the listening sockets of the pod's network namespace; in the
	// node's network, those that the pod's processes hold.
	Listeners []*world.Listener `json:"listeners,omitempty"`
	// Missing says what could not be had, and why.
	Missing []world.Missing `json:"missing,omitempty"`
}

// A Row is a process of the pod.
type Row struct {
	// Container is the container's name, "" for a sandbox's process.
	Container string `json:"container"`
	// PID is the node's, InnerPID what the process calls itself.
	PID      int `json:"pid"`
	InnerPID int `json:"innerPid"`
	// State is the kernel's letter.
	State string `json:"state"`
	// Command is the command line, or the kernel's name in brackets.
	Command string `json:"command"`
	// Cells are in the order of [world.Kinds].
	Cells []Cell `json:"cells"`
}

// Of returns the anatomy of the pod of that name in the picture. The error
// lists the pods that there are.
func Of(w *world.World, name string) (*Anatomy, error) {
	if w.Pods == nil {
		return nil, fmt.Errorf("list pods: %s", reason(w, "pods"))
	}
	pod, ok := w.Pods[name]
	if !ok {
		return nil, unknownPod(w, name)
	}
	a := &Anatomy{APIVersion: "podlab/v1alpha1", Kind: "Anatomy", Pod: pod, Missing: w.Missing}
	if node := w.Nodes[pod.Node]; node != nil {
		a.NodeNamespaces = node.Namespaces
	}
	m := newMarker(a.NodeNamespaces, pod)
	for _, p := range inOrder(pod) {
		a.Rows = append(a.Rows, Row{
			Container: p.Container, PID: p.PID, InnerPID: p.InnerPID, State: p.State, Command: command(p), Cells: m.cells(p),
		})
	}
	a.Listeners = listeners(pod)
	return a, nil
}

func unknownPod(w *world.World, name string) error {
	names := slices.Sorted(maps.Keys(w.Pods))
	if len(names) == 0 {
		return fmt.Errorf("there is no pod %q: there is none at all in this kube namespace (another one: -n)", name)
	}
	return fmt.Errorf("there is no pod %q: there are %s (in another kube namespace: -n)", name, strings.Join(names, ", "))
}

// reason is why a fact is missing.
func reason(w *world.World, fact string) string {
	for _, m := range w.Missing {
		if m.Fact == fact {
			return m.Reason
		}
	}
	return "not observed"
}

// inOrder returns the pod's processes, pauses first.
func inOrder(pod *world.Pod) []*world.Process {
	return slices.SortedFunc(slices.Values(pod.Processes), func(a, b *world.Process) int {
		return cmp.Or(cmp.Compare(a.Container, b.Container), cmp.Compare(a.PID, b.PID))
	})
}

// command is what people know a process by. One that has exited has no command
// line any more.
func command(p *world.Process) string {
	if line := strings.TrimSpace(strings.Join(p.Command, " ")); line != "" {
		return line
	}
	return "[" + p.Name + "]"
}

// listeners joins what the containers see: those in one network namespace see
// the same.
func listeners(pod *world.Pod) []*world.Listener {
	type socket struct {
		net     int64
		address string
		port    int
	}
	inNodesNetwork := pod.HostNetwork != nil && *pod.HostNetwork
	seen := map[socket]bool{}
	var out []*world.Listener
	for _, name := range slices.Sorted(maps.Keys(pod.Containers)) {
		c := pod.Containers[name]
		for _, l := range c.Listeners {
			key := socket{address: l.Address, port: l.Port}
			if c.Main != nil && c.Main.Namespaces != nil {
				key.net = c.Main.Namespaces.Net
			}
			if seen[key] || inNodesNetwork && !holds(pod, l) {
				continue
			}
			seen[key] = true
			out = append(out, l)
		}
	}
	return out
}

// holds reports whether one of the pod's processes has the socket open.
func holds(pod *world.Pod, l *world.Listener) bool {
	return slices.ContainsFunc(pod.Processes, func(p *world.Process) bool { return slices.Contains(l.PIDs, p.PID) })
}
