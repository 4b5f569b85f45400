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

// A Table holds the result of one scan.
type Table struct {
	// Processes are sorted by pid.
	Processes []api.Process
	// Problems are sentences about facts of living processes that could not be read.
	Problems []string
	// sleepers are the sleepers with a single thread, by pid.
	sleepers map[int]*sleeper
	// self is nodeprobe's own pid.
	self int
}

// A Scanner reads all processes repeatedly. It is not safe for concurrent use.
type Scanner struct {
	// sleepers are the processes that were asleep in the last scan, by pid.
	sleepers map[string]*sleeper
}

// NewScanner returns a scanner with an empty cache.
func NewScanner() *Scanner { return &Scanner{sleepers: make(map[string]*sleeper)} }

// Scan reads all processes of the PID namespace that /proc shows. ids are the IDs
// of the sandboxes and containers that may own processes.
//
// The table lacks processes that exit during the scan, and may lack those that
// start during it. Package server checks that the table agrees with the runtime.
func (s *Scanner) Scan(ids map[string]bool) (*Table, error) {
	proc, err := absolute.sub("/proc")
	if err != nil {
		return nil, fmt.Errorf("open /proc: %w", err)
	}
	defer proc.close()
	var pids []string
	buf := newBuffer()
	if err := proc.eachNumber(".", &buf, func(name string) { pids = append(pids, name) }); err != nil {
		return nil, fmt.Errorf("list /proc: %w", err)
	}
	_, err = proc.link("self/ns/time", &buf)
	table, err := s.readAll(pids, ids, reader{proc: proc, time: err == nil})
	if err != nil {
		return nil, err
	}
	if version, err := CgroupVersion(); err == nil && version == 1 {
		table.setZombieOwners()
	}
	self, err := proc.link("self", &buf)
	if err != nil {
		return nil, fmt.Errorf("read /proc/self: %w", err)
	}
	table.self, err = strconv.Atoi(string(self))
	return table, err
}

// readAll reads the processes on all cores, because the kernel does most of the work.
func (s *Scanner) readAll(pids []string, ids map[string]bool, r reader) (*Table, error) {
	var next atomic.Int64
	var group errgroup.Group
	parts := make([][]*result, runtime.GOMAXPROCS(0))
	for i := range parts {
		group.Go(func() error {
			r := r
			r.owners, r.buf = newOwners(ids), newBuffer()
			for n := next.Add(1); n <= int64(len(pids)); n = next.Add(1) {
				res, err := r.read(pids[n-1], s.sleepers[pids[n-1]])
				if err != nil {
					return err
				}
				if res != nil {
					parts[i] = append(parts[i], res)
				}
			}
			return nil
		})
	}
	err := group.Wait()
	all := slices.Concat(parts...)
	s.setSleepers(all)
	if err != nil {
		return nil, err
	}
	return newTable(all), nil
}

// setSleepers replaces the cached sleepers and closes those that are not among the
// new ones.
func (s *Scanner) setSleepers(all []*result) {
	before := s.sleepers
	s.sleepers = make(map[string]*sleeper, len(all))
	for _, res := range all {
		if res.sleeper != nil {
			s.sleepers[strconv.Itoa(res.process.PID)] = res.sleeper
		}
	}
	for pid, sleeper := range before {
		if s.sleepers[pid] != sleeper {
			sleeper.dir.close()
		}
	}
}

func newTable(all []*result) *Table {
	table := &Table{Processes: make([]api.Process, 0, len(all)), sleepers: make(map[int]*sleeper)}
	for _, res := range all {
		table.Processes = append(table.Processes, res.process)
		if res.sleeper != nil && res.sleeper.singleThreaded {
			table.sleepers[res.process.PID] = res.sleeper
		}
		if res.problem != "" {
			table.Problems = append(table.Problems, res.problem)
		}
	}
	slices.SortFunc(table.Processes, func(a, b api.Process) int { return cmp.Compare(a.PID, b.PID) })
	slices.Sort(table.Problems)
	return table
}

// Find returns the process with the given pid, nil if there is none.
func (t *Table) Find(pid int) *api.Process {
	i, ok := slices.BinarySearchFunc(t.Processes, pid, func(p api.Process, pid int) int { return cmp.Compare(p.PID, pid) })
	if !ok {
		return nil
	}
	return &t.Processes[i]
}

// setZombieOwners gives zombies the owner of their parent: on cgroup v1 a process
// leaves its cgroup when it exits. An orphaned zombie in a shared PID namespace
// thus belongs to the sandbox, because its parent is the pause process.
func (t *Table) setZombieOwners() {
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

// owners finds the sandbox or container that a process belongs to.
type owners struct {
	ids map[string]bool
	// cache maps the text of /proc/PID/cgroup to the owner: processes of one
	// container have the same text.
	cache map[string]string
}

func newOwners(ids map[string]bool) owners {
	return owners{ids: ids, cache: make(map[string]string)}
}

func (o owners) find(cgroup []byte) string {
	owner, ok := o.cache[string(cgroup)]
	if !ok {
		owner = parseOwner(cgroup, o.ids)
		o.cache[string(cgroup)] = owner
	}
	return owner
}

// InCgroup reports whether a living process is in the cgroup of the sandbox or
// container with the given ID.
func InCgroup(pid int, id string) bool {
	text, err := readFile(pid, "cgroup")
	return err == nil && parseOwner(text, map[string]bool{id: true}) == id
}

// StartTicks returns when a process started, in clock ticks since the kernel
// booted. [Gone] recognizes the error for a process that does not exist.
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
	text, err := absolute.read(path, &buf)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return text, nil
}
