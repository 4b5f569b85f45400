package anatomy

import (
	"slices"

	"podlab/internal/world"
)

// A Whose says who else is in a namespace that a process is in.
type Whose string

// What a cell can say, the first that is true.
const (
	// Unknown: something that it depends on was not observed.
	Unknown Whose = "unknown"
	// Left: the process has exited and is in no namespace any more.
	Left Whose = "left"
	// Node: it is the node's own.
	Node Whose = "node"
	// Pause: it is that of the sandbox's process.
	Pause Whose = "pause"
	// Shared: other containers' processes are in it, the pause is not.
	Shared Whose = "shared"
	// Private: only this container's processes are in it.
	Private Whose = "private"
)

// A Cell is one namespace of one process.
type Cell struct {
	Kind string `json:"kind"`
	// Inode names the namespace, 0 when it is left or unknown.
	Inode int64 `json:"inode"`
	Whose Whose `json:"whose"`
	// With are the other containers, when it is shared.
	With []string `json:"with,omitempty"`
}

// A marker knows what cells are compared with. A nil one is unknown; a pause
// that is not there any more shares nothing.
type marker struct {
	node  []int64
	pause []int64
	// pauseKnown is whether it is known which the pause is, or that there is none.
	pauseKnown bool
	processes  []*world.Process
}

func newMarker(node *world.Namespaces, pod *world.Pod) *marker {
	m := &marker{node: inodes(node), processes: pod.Processes, pauseKnown: pod.Sandbox != nil}
	if pod.Sandbox != nil && pod.Sandbox.Process != nil {
		m.pause = inodes(pod.Sandbox.Process.Namespaces)
	}
	return m
}

func (m *marker) cells(p *world.Process) []Cell {
	own := inodes(p.Namespaces)
	cells := make([]Cell, len(world.Kinds))
	for i, kind := range world.Kinds {
		cells[i].Kind = kind
		if own == nil {
			cells[i].Whose = unlessZombie(p)
			continue
		}
		cells[i].Inode = own[i]
		cells[i].Whose, cells[i].With = m.mark(i, own[i], p.Container)
	}
	return cells
}

func unlessZombie(p *world.Process) Whose {
	if p.State == "Z" || p.State == "X" {
		return Left
	}
	return Unknown
}

// mark says whose the i-th namespace of a container's process is.
func (m *marker) mark(i int, inode int64, container string) (whose Whose, with []string) {
	switch {
	case m.node == nil:
		return Unknown, nil
	case inode == m.node[i]:
		return Node, nil
	case !m.pauseKnown:
		return Unknown, nil
	case m.pause != nil && inode == m.pause[i]:
		return Pause, nil
	}
	for _, p := range m.processes {
		if other := inodes(p.Namespaces); other != nil && other[i] == inode && p.Container != container {
			with = append(with, p.Container)
		}
	}
	if len(with) == 0 {
		return Private, nil
	}
	slices.Sort(with)
	return Shared, slices.Compact(with)
}

// inodes lists namespaces in the order of [world.Kinds].
func inodes(n *world.Namespaces) []int64 {
	if n == nil {
		return nil
	}
	all := make([]int64, len(world.Kinds))
	for i, kind := range world.Kinds {
		all[i], _ = n.Inode(kind)
	}
	return all
}
