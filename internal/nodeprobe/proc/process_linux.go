package proc

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"podlab/internal/nodeprobe/api"
)

// errAgain is why a process could not be read as a whole: it was just exiting,
// or executing another program.
var errAgain = errors.New("the process is changing")

// A reader reads processes, one after another.
type reader struct {
	proc   dir
	owners owners
	buf    []byte
	// time says whether the kernel has time namespaces.
	time bool
	// last says that the process is read for the last time.
	last bool
}

// A found is a process, what may not be known of it, and what is worth
// remembering.
type found struct {
	process api.Process
	problem string
	asleep  *sleeper
}

// process reads one process, knowing what it was when it was last asleep, or
// nil. It is nil when it is gone, or about to be: there is never half a
// process. One that changes meanwhile is read again, as what it has become.
func (r *reader) process(pid string, known *sleeper) (*found, error) {
	if known != nil {
		if f, err := r.sleeping(known); f != nil || err != nil {
			return f, err
		}
	}
	const attempts = 20
	var f *found
	var err error
	for i := range attempts {
		r.last = i == attempts-1
		if f, err = r.attempt(pid); !errors.Is(err, errAgain) {
			break
		}
	}
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, errAgain), Gone(err):
		return nil, nil
	}
	return nil, fmt.Errorf("read process %s: %w", pid, err)
}

// Gone says whether an error means that a process has been reaped.
func Gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH)
}

func (r *reader) attempt(pid string) (*found, error) {
	d, err := r.proc.sub(pid)
	if err != nil {
		return nil, err
	}
	f, err := r.whole(d)
	if err == nil {
		f.process.PID, err = strconv.Atoi(pid)
	}
	if err != nil || f.asleep == nil {
		d.close()
		return f, err
	}
	f.asleep.dir, f.asleep.found = d, *f
	return f, nil
}

// whole reads all of the process of d.
func (r *reader) whole(d dir) (*found, error) {
	text, err := r.status(d)
	if err != nil {
		return nil, err
	}
	status, err := parseStatus(text)
	if err != nil {
		return nil, err
	}
	var asleep *sleeper
	if is, alone := isAsleep(text); is {
		asleep = &sleeper{status: string(text), alone: alone}
	}
	st, err := r.stat(d)
	if err != nil {
		return nil, err
	}
	thread := d
	switch {
	case st.state == 'X', st.state != 'Z' && st.flags&flagExiting != 0:
		return nil, errAgain
	case st.state == 'Z' && st.threads > 1:
		// Its first thread has ended, others run: ask one of those for the rest.
		if thread, st.state, err = r.livingThread(d); err != nil {
			return nil, err
		}
		defer thread.close()
	}
	f, err := r.rest(thread, st, status)
	if err != nil {
		return nil, err
	}
	f.asleep = asleep
	return f, nil
}

// rest reads all but stat and status.
func (r *reader) rest(d dir, st stat, status status) (*found, error) {
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
		return &found{process: p}, nil
	}
	if p.Command, err = r.command(d, st); err != nil {
		return nil, err
	}
	if p.Owner == "" {
		switch exe, err := d.link("exe", &r.buf); {
		case err == nil:
			p.Exe = new(string(exe))
		case Gone(err): // a kernel thread has none
			p.Exe = new("")
		}
	}
	p.Namespaces, err = r.namespaces(d)
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		problem := fmt.Sprintf("the namespaces of process %d (%s) could not be read: %v", p.PIDs[0], p.Name, err)
		return &found{process: p, problem: problem}, nil
	case Gone(err):
		return nil, errAgain
	}
	return &found{process: p}, err
}

// status reads the file status without its line SigQ, which counts the pending
// signals of all processes of a user.
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
	if err := d.numbered("task", &r.buf, func(name string) { ids = append(ids, name) }); err != nil {
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
	return 0, 0, errAgain
}

// command reads the command line. A process has none for a moment while it
// executes a program, and loses it, with its memory, as the first thing when it
// exits. One that goes on to sleep without any has done away with it.
func (r *reader) command(d dir, st stat) ([]string, error) {
	text, err := d.read("cmdline", &r.buf)
	if err != nil {
		return nil, err
	}
	if len(text) == 0 && st.flags&flagKernel == 0 && (st.state == 'R' || !r.last) {
		return nil, errAgain
	}
	return parseCommand(text), nil
}

func (r *reader) owner(d dir) (string, error) {
	text, err := d.read("cgroup", &r.buf)
	if err != nil {
		return "", err
	}
	return r.owners.of(text), nil
}

// namespaces reads the links below ns; reading a link costs half of what stat
// of it does, as the kernel needs no inode for that.
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
