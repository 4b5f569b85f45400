package proc

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"podlab/internal/nodeprobe/api"
)

// errChanging says that a process could not be read completely, because it was
// exiting or executing another program.
var errChanging = errors.New("the process is changing")

// A reader reads one process at a time.
type reader struct {
	proc   dir
	owners owners
	buf    []byte
	// time reports whether the kernel has time namespaces.
	time bool
	// lastAttempt reports whether this is the last attempt to read a process.
	lastAttempt bool
}

// A result is a process that was read, with the problem of reading it and with its
// cache entry, if it has them.
type result struct {
	process api.Process
	problem string
	sleeper *sleeper
}

// read reads one process. cached is its cache entry, nil if it has none. The result
// is nil if the process is gone or exiting: read never returns an incomplete
// process. If the process changes meanwhile, read tries again.
func (r *reader) read(pid string, cached *sleeper) (*result, error) {
	if cached != nil {
		if res, err := r.readCached(cached); res != nil || err != nil {
			return res, err
		}
	}
	const attempts = 20
	var res *result
	var err error
	for i := range attempts {
		r.lastAttempt = i == attempts-1
		if res, err = r.readOnce(pid); !errors.Is(err, errChanging) {
			break
		}
	}
	switch {
	case err == nil:
		return res, nil
	case errors.Is(err, errChanging), Gone(err):
		return nil, nil
	}
	return nil, fmt.Errorf("read process %s: %w", pid, err)
}

// Gone reports whether an error means that a process was reaped.
func Gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH)
}

func (r *reader) readOnce(pid string) (*result, error) {
	d, err := r.proc.sub(pid)
	if err != nil {
		return nil, err
	}
	res, err := r.readDir(d)
	if err == nil {
		res.process.PID, err = strconv.Atoi(pid)
	}
	if err != nil || res.sleeper == nil {
		d.close()
		return res, err
	}
	res.sleeper.dir, res.sleeper.result = d, *res
	return res, nil
}

// readDir reads all of a process but its pid.
func (r *reader) readDir(d dir) (*result, error) {
	text, err := r.status(d)
	if err != nil {
		return nil, err
	}
	status, err := parseStatus(text)
	if err != nil {
		return nil, err
	}
	var cached *sleeper
	if asleep, singleThreaded := isAsleep(text); asleep {
		cached = &sleeper{status: string(text), singleThreaded: singleThreaded}
	}
	st, err := r.stat(d)
	if err != nil {
		return nil, err
	}
	thread := d
	switch {
	case st.state == 'X', st.state != 'Z' && st.flags&flagExiting != 0:
		return nil, errChanging
	case st.state == 'Z' && st.threads > 1:
		// The first thread has exited. Read the rest from another thread.
		if thread, st.state, err = r.livingThread(d); err != nil {
			return nil, err
		}
		defer thread.close()
	}
	res, err := r.readRest(thread, st, status)
	if err != nil {
		return nil, err
	}
	res.sleeper = cached
	return res, nil
}

// readRest reads all but stat and status.
func (r *reader) readRest(d dir, st stat, status status) (*result, error) {
	p := api.Process{
		PIDs: status.pids, PPID: st.ppid, State: string(st.state), UID: status.uid,
		Name: st.name, Command: []string{}, StartTicks: st.startTicks, Threads: st.threads,
	}
	var err error
	if p.Owner, err = r.owner(d); err != nil {
		return nil, err
	}
	if st.state == 'Z' {
		p.Exe = new("")
		return &result{process: p}, nil
	}
	if p.Command, err = r.command(d, st); err != nil {
		return nil, err
	}
	if p.Owner == "" {
		switch exe, err := d.link("exe", &r.buf); {
		case err == nil:
			p.Exe = new(string(exe))
		case Gone(err): // a kernel thread has no executable
			p.Exe = new("")
		}
	}
	p.Namespaces, err = r.namespaces(d)
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		problem := fmt.Sprintf("can't read the namespaces of process %d (%s): %v", p.PIDs[0], p.Name, err)
		return &result{process: p, problem: problem}, nil
	case Gone(err):
		return nil, errChanging
	}
	return &result{process: p}, err
}

// status reads the file status without its line SigQ. That line changes while the
// process sleeps: it counts the pending signals of all processes of the user.
func (r *reader) status(d dir) ([]byte, error) {
	text, err := d.read("status", &r.buf)
	return withoutLine(text, "\nSigQ:"), err
}

func (r *reader) stat(d dir) (stat, error) {
	text, err := d.read("stat", &r.buf)
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

// livingThread opens a thread of d's process that is not a zombie.
func (r *reader) livingThread(d dir) (dir, byte, error) {
	var ids []string
	if err := d.eachNumber("task", &r.buf, func(name string) { ids = append(ids, name) }); err != nil {
		return 0, 0, err
	}
	for _, id := range ids {
		thread, err := d.sub("task/" + id)
		if err != nil {
			continue
		}
		if st, err := r.stat(thread); err == nil && st.state != 'Z' && st.state != 'X' {
			return thread, st.state, nil
		}
		thread.close()
	}
	return 0, 0, errChanging
}

// command reads the command line. It is empty for a moment while the process
// executes another program, and again when the process exits. A process may also
// remove its own command line: if it is still empty at the last attempt and the
// process is not running, command accepts that.
func (r *reader) command(d dir, st stat) ([]string, error) {
	text, err := d.read("cmdline", &r.buf)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 && st.flags&flagKernel == 0 && (st.state == 'R' || !r.lastAttempt) {
		return nil, errChanging
	}
	return parseCommand(text), nil
}

func (r *reader) owner(d dir) (string, error) {
	text, err := d.read("cgroup", &r.buf)
	if err != nil {
		return "", err
	}
	return r.owners.find(text), nil
}

// namespaces reads the links below ns. That takes half as long as stat of the
// links, which needs an inode.
func (r *reader) namespaces(d dir) (*api.Namespaces, error) {
	links, err := d.sub("ns")
	if err != nil {
		return nil, err
	}
	defer links.close()
	var ns api.Namespaces
	for _, kind := range []struct {
		name  string
		inode *int64
	}{
		{"cgroup", &ns.Cgroup},
		{"ipc", &ns.IPC},
		{"mnt", &ns.Mnt},
		{"net", &ns.Net},
		{"pid", &ns.PID},
		{"time", &ns.Time},
		{"user", &ns.User},
		{"uts", &ns.UTS},
	} {
		if kind.name == "time" && !r.time {
			continue
		}
		link, err := links.link(kind.name, &r.buf)
		if err != nil {
			return nil, err
		}
		if *kind.inode, err = parseNamespace(link); err != nil {
			return nil, err
		}
	}
	return &ns, nil
}
