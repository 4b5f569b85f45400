package anatomy

import (
	"slices"

	"podlab/internal/world"
)

// A Relation names what a process shares a namespace with.
type Relation string

// The relations. The first that is true applies.
const (
	// Unknown: podlab could not observe the namespaces to compare.
	Unknown Relation = "unknown"
	// Left: the process has exited, and a zombie has no namespaces.
	Left Relation = "left"
	// Node: with the node.
	Node Relation = "node"
	// Pause: with the sandbox's process.
	Pause Relation = "pause"
	// Shared: with processes of other containers, but not with the pause.
	Shared Relation = "shared"
	// Private: only with processes of the same container.
	Private Relation = "private"
)

// A Cell is a namespace of a process.
type Cell struct {
	Kind string `json:"kind"`
	// Inode is the inode of the namespace, 0 if it is left or unknown.
	Inode    int64    `json:"inode"`
	Relation Relation `json:"whose"`
	// With names the other containers of a shared namespace.
	With []string `json:"with,omitempty"`
}

// A marker compares the namespaces of processes.
type marker struct {
	node  []int64 // nil if unknown
	pause []int64 // nil if unknown, or if the pause has exited
	// pauseKnown tells a pause that has exited from an unknown one.
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
			cells[i].Relation = withoutNamespaces(p)
			continue
		}
		cells[i].Inode = own[i]
		cells[i].Relation, cells[i].With = m.relation(i, own[i], p.Container)
	}
	return cells
}

func withoutNamespaces(p *world.Process) Relation {
	if p.State == "Z" || p.State == "X" {
		return Left
	}
	return Unknown
}

// relation returns the relation of the i-th namespace of a container's process,
// and the other containers that share it.
func (m *marker) relation(i int, inode int64, container string) (relation Relation, with []string) {
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

// inodes returns the inodes of namespaces in the order of [world.Kinds].
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
