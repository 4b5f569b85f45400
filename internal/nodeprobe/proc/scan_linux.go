package proc

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"podlab/internal/nodeprobe/api"
)

// A Table is the processes of one moment, by pid.
type Table struct {
	Processes []api.Process
	// Problems are what may not be read although its process lives, each as one
	// sentence.
	Problems []string
	// alone are the sleepers without other threads, by pid.
	alone map[int]*sleeper
	// self is the pid of the reading process.
	self int
}

// A Scanner reads processes again and again, from one goroutine.
type Scanner struct {
	// asleep are processes that were asleep when they were read last, by pid.
	asleep map[string]*sleeper
}

// NewScanner makes a scanner that knows nothing yet.
func NewScanner() *Scanner { return &Scanner{asleep: make(map[string]*sleeper)} }

// Scan reads all processes of the PID namespace that /proc belongs to. ids are
// those of the sandboxes and containers that may own them.
//
// Processes that end meanwhile are not in it. Those that begin meanwhile may
// be; the caller tells whether the picture is one (see package server).
func (s *Scanner) Scan(ids map[string]bool) (*Table, error) {
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
	table, err := s.readAll(pids, ids, reader{proc: proc, time: err == nil})
	if err != nil {
		return nil, err
	}
	if version, err := CgroupVersion(); err == nil && version == 1 {
		table.adoptZombies()
	}
	self, err := proc.link("self", &buf)
	if err != nil {
		return nil, fmt.Errorf("find itself in /proc: %w", err)
	}
	table.self, err = strconv.Atoi(string(self))
	return table, err
}

// readAll shares the work out: most of it is the kernel's, on each core.
func (s *Scanner) readAll(pids []string, ids map[string]bool, r reader) (*Table, error) {
	var next atomic.Int64
	var group errgroup.Group
	parts := make([][]*found, runtime.GOMAXPROCS(0))
	for i := range parts {
		group.Go(func() error {
			r := r
			r.owners, r.buf = newOwners(ids), newBuffer()
			for n := next.Add(1); n <= int64(len(pids)); n = next.Add(1) {
				f, err := r.process(pids[n-1], s.asleep[pids[n-1]])
				if err != nil {
					return err
				}
				if f != nil {
					parts[i] = append(parts[i], f)
				}
			}
			return nil
		})
	}
	err := group.Wait()
	all := slices.Concat(parts...)
	s.remember(all)
	if err != nil {
		return nil, err
	}
	return newTable(all), nil
}

// remember keeps those that were asleep, and lets all others go.
func (s *Scanner) remember(all []*found) {
	before := s.asleep
	s.asleep = make(map[string]*sleeper, len(all))
	for _, f := range all {
		if f.asleep != nil {
			s.asleep[strconv.Itoa(f.process.PID)] = f.asleep
		}
	}
	for pid, sleeper := range before {
		if s.asleep[pid] != sleeper {
			sleeper.dir.close()
		}
	}
}

// Close lets go of all processes.
func (s *Scanner) Close() { s.remember(nil) }

func newTable(all []*found) *Table {
	table := &Table{Processes: make([]api.Process, 0, len(all)), alone: make(map[int]*sleeper)}
	for _, f := range all {
		table.Processes = append(table.Processes, f.process)
		if f.asleep != nil && f.asleep.alone {
			table.alone[f.process.PID] = f.asleep
		}
		if f.problem != "" {
			table.Problems = append(table.Problems, f.problem)
		}
	}
	slices.SortFunc(table.Processes, func(a, b api.Process) int { return cmp.Compare(a.PID, b.PID) })
	slices.Sort(table.Problems)
	return table
}

// Find returns the process with that pid, nil when there is none.
func (t *Table) Find(pid int) *api.Process {
	i, ok := slices.BinarySearchFunc(t.Processes, pid, func(p api.Process, pid int) int { return cmp.Compare(p.PID, pid) })
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
