package anatomy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"podlab/internal/world"
)

// An Anatomy is what podlab observed of a pod.
type Anatomy struct {
	// APIVersion is podlab/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is Anatomy.
	Kind string `json:"kind"`
	// Pod is the pod in the picture.
	Pod *world.Pod `json:"pod"`
	// NodeNamespaces are the node's namespaces; nil if podlab could not observe
	// them.
	NodeNamespaces *world.Namespaces `json:"nodeNamespaces,omitempty"`
	// Rows are the pod's processes: the pause, and then the containers' processes,
	// sorted by container and pid. There are none if podlab could not observe them.
	Rows []Row `json:"rows,omitempty"`
	// Listeners are the listening sockets of the pod's network namespace. If the pod
	// uses the node's network, they are the sockets of the pod's processes.
	Listeners []*world.Listener `json:"listeners,omitempty"`
	// Missing lists the facts that could not be observed.
	Missing []world.Missing `json:"missing,omitempty"`
}

// A Row is a process of the pod.
type Row struct {
	// Container is the container's name, "" for a sandbox's process.
	Container string `json:"container"`
	// PID is the pid on the node, InnerPID the pid that the process itself sees.
	PID      int `json:"pid"`
	InnerPID int `json:"innerPid"`
	// State is the kernel's letter for the state.
	State string `json:"state"`
	// Command is the command line, or else the kernel's name in brackets.
	Command string `json:"command"`
	// Cells are in the order of [world.Kinds].
	Cells []Cell `json:"cells"`
}

// Of returns the anatomy of a pod in a picture. If there is no such pod, the error
// lists the pods.
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
	for _, p := range sorted(pod) {
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
		return fmt.Errorf("there is no pod %q: this kube namespace has no pods; choose another one with -n", name)
	}
	return fmt.Errorf("there is no pod %q: choose one of %s, or another kube namespace with -n", name, strings.Join(names, ", "))
}

// reason returns why a fact is missing.
func reason(w *world.World, fact string) string {
	for _, m := range w.Missing {
		if m.Fact == fact {
			return m.Reason
		}
	}
	return "not observed"
}

// sorted returns the pod's processes, pauses first.
func sorted(pod *world.Pod) []*world.Process {
	return slices.SortedFunc(slices.Values(pod.Processes), func(a, b *world.Process) int {
		return cmp.Or(cmp.Compare(a.Container, b.Container), cmp.Compare(a.PID, b.PID))
	})
}

// command returns the command line of a process. A zombie has none, so command
// returns its name in brackets.
func command(p *world.Process) string {
	if line := strings.TrimSpace(strings.Join(p.Command, " ")); line != "" {
		return line
	}
	return "[" + p.Name + "]"
}

// listeners merges the listeners of the containers, because containers in one
// network namespace have the same ones.
func listeners(pod *world.Pod) []*world.Listener {
	type socket struct {
		net     int64
		address string
		port    int
	}
	hostNetwork := pod.HostNetwork != nil && *pod.HostNetwork
	seen := map[socket]bool{}
	var out []*world.Listener
	for _, name := range slices.Sorted(maps.Keys(pod.Containers)) {
		c := pod.Containers[name]
		for _, l := range c.Listeners {
			key := socket{address: l.Address, port: l.Port}
			if c.Main != nil && c.Main.Namespaces != nil {
				key.net = c.Main.Namespaces.Net
			}
			if seen[key] || hostNetwork && !holds(pod, l) {
				continue
			}
			seen[key] = true
			out = append(out, l)
		}
	}
	return out
}

// holds reports whether a process of the pod has the socket open.
func holds(pod *world.Pod, l *world.Listener) bool {
	return slices.ContainsFunc(pod.Processes, func(p *world.Process) bool { return slices.Contains(l.PIDs, p.PID) })
}
