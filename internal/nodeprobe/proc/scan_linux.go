package proc

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"podlab/internal/probe"
)

// A Table is the processes of one moment, by pid.
type Table struct {
	Processes []probe.Process
	// Problems are what may not be read although its process lives, each as one
	// sentence.
	Problems []string
}

// Scan reads all processes of the PID namespace that /proc belongs to. ids are
// those of the sandboxes and containers that may own them.
//
// Processes that end meanwhile are not in it. Those that begin meanwhile may
// be; the caller tells whether the picture is one (see package server).
func Scan(ids map[string]bool) (*Table, error) {
	proc, err := anywhere.sub("/proc")
	if err != nil {
		return nil, fmt.Errorf("open /proc: %w", err)
	}
	defer proc.close()
	var pids []string
	buf := newBuffer()
	if err := proc.numbered(".", &buf, func(name string) { pids = append(pids, name) }); err != nil {
		return nil, fmt.Errorf("list /proc: %w", err)
	}
	_, err = proc.link("self/ns/time", &buf)
	table, err := readAll(proc, pids, ids, err == nil)
	if err != nil {
		return nil, err
	}
	if version, err := CgroupVersion(); err == nil && version == 1 {
		table.adoptZombies()
	}
	return table, nil
}

// readAll shares the work out: most of it is the kernel's, on each core.
func readAll(proc dir, pids []string, ids map[string]bool, time bool) (*Table, error) {
	var next atomic.Int64
	var group errgroup.Group
	parts := make([]Table, runtime.GOMAXPROCS(0))
	for i := range parts {
		group.Go(func() error {
			r := reader{proc: proc, owners: newOwners(ids), buf: newBuffer(), time: time}
			for n := next.Add(1); n <= int64(len(pids)); n = next.Add(1) {
				f, err := r.process(pids[n-1])
				if err != nil {
					return err
				}
				parts[i].add(f)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	table := &Table{Processes: make([]probe.Process, 0, len(pids))}
	for _, part := range parts {
		table.Processes = append(table.Processes, part.Processes...)
		table.Problems = append(table.Problems, part.Problems...)
	}
	slices.SortFunc(table.Processes, func(a, b probe.Process) int { return cmp.Compare(a.PID, b.PID) })
	slices.Sort(table.Problems)
	return table, nil
}

func (t *Table) add(f *found) {
	if f == nil {
		return
	}
	t.Processes = append(t.Processes, f.process)
	if f.problem != "" {
		t.Problems = append(t.Problems, f.problem)
	}
}

// Find returns the process with that pid, nil when there is none.
func (t *Table) Find(pid int) *probe.Process {
	i, ok := slices.BinarySearchFunc(t.Processes, pid, func(p probe.Process, pid int) int { return cmp.Compare(p.PID, pid) })
	if !ok {
		return nil
	}
	return &t.Processes[i]
}

// adoptZombies gives zombies the owner of their parent: on cgroup v1 a process
// leaves its cgroup when it exits. An orphan in a shared PID namespace thus
// belongs to the sandbox, whose process holds it.
func (t *Table) adoptZombies() {
	for i := range t.Processes {
		p := &t.Processes[i]
		if p.State != "Z" || p.Owner != "" {
			continue
		}
		if parent := t.Find(p.PPID); parent != nil {
			p.Owner = parent.Owner
		}
	}
}

// owners finds out which sandbox or container a process belongs to.
type owners struct {
	ids map[string]bool
	// known are the answers so far: the processes of one container have the
	// same text.
	known map[string]string
}

func newOwners(ids map[string]bool) owners {
	return owners{ids: ids, known: make(map[string]string)}
}

func (o owners) of(cgroup []byte) string {
	owner, ok := o.known[string(cgroup)]
	if !ok {
		owner = parseOwner(cgroup, o.ids)
		o.known[string(cgroup)] = owner
	}
	return owner
}

// Owned says whether a living process's cgroup contains id.
func Owned(pid int, id string) bool {
	text, err := readFile(pid, "cgroup")
	return err == nil && parseOwner(text, map[string]bool{id: true}) == id
}

// StartTicks is when a process started, in clock ticks since the kernel
// booted. See [Gone] for its error when there is none.
func StartTicks(pid int) (int64, error) {
	text, err := readFile(pid, "stat")
	if err != nil {
		return 0, err
	}
	st, err := parseStat(text)
	return st.startTicks, err
}

func readFile(pid int, name string) ([]byte, error) {
	path := fmt.Sprintf("/proc/%d/%s", pid, name)
	buf := newBuffer()
	text, err := anywhere.read(path, &buf)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return text, nil
}
