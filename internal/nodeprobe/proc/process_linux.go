package proc

import (
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"podlab/internal/probe"
)

// errAgain is why a process could not be read as a whole: it was just leaving.
var errAgain = errors.New("the process is exiting")

// A reader reads processes, one after another.
type reader struct {
	proc   dir
	owners owners
	buf    []byte
	// time says whether the kernel has time namespaces.
	time bool
}

// A found is a process, and what may not be known of it.
type found struct {
	process probe.Process
	problem string
}

// process reads one process; nil when it is gone, or about to be: there is
// never half a process. One that exits meanwhile is read again, as the zombie
// that it has become.
func (r *reader) process(pid string) (*found, error) {
	const attempts = 5
	var f found
	var err error
	for range attempts {
		if f, err = r.attempt(pid); !errors.Is(err, errAgain) {
			break
		}
	}
	switch {
	case err == nil:
		f.process.PID, err = strconv.Atoi(pid)
		return &f, err
	case errors.Is(err, errAgain), Gone(err):
		return nil, nil
	}
	return nil, fmt.Errorf("read process %s: %w", pid, err)
}

// Gone says whether an error means that a process has been reaped.
func Gone(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ESRCH)
}

func (r *reader) attempt(pid string) (found, error) {
	d, err := r.proc.sub(pid)
	if err != nil {
		return found{}, err
	}
	defer func() { d.close() }()
	st, err := r.stat(d)
	if err != nil {
		return found{}, err
	}
	switch {
	case st.state == 'X', st.state != 'Z' && st.flags&flagExiting != 0:
		return found{}, errAgain
	case st.state == 'Z' && st.threads > 1:
		// Its first thread has ended, others run: ask one of those for the rest.
		living, state, err := r.livingThread(d)
		if err != nil {
			return found{}, err
		}
		d.close()
		d, st.state = living, state
	}
	return r.rest(d, st)
}

// rest reads everything but stat.
func (r *reader) rest(d dir, st stat) (found, error) {
	text, err := d.read("status", &r.buf)
	if err != nil {
		return found{}, err
	}
	status, err := parseStatus(text)
	if err != nil {
		return found{}, err
	}
	p := probe.Process{
		PIDs: status.pids, PPID: st.ppid, State: string(st.state), UID: status.uid,
		Name: st.name, Command: []string{}, StartTicks: st.startTicks,
	}
	if p.Owner, err = r.owner(d); err != nil {
		return found{}, err
	}
	if st.state == 'Z' {
		return found{process: p}, nil
	}
	if p.Command, err = r.command(d, st); err != nil {
		return found{}, err
	}
	p.Namespaces, err = r.namespaces(d)
	switch {
	case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
		return found{process: p, problem: fmt.Sprintf("the namespaces of process %d (%s) could not be read: %v",
			p.PIDs[0], p.Name, err)}, nil
	case Gone(err):
		return found{}, errAgain
	}
	return found{process: p}, err
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

// command reads the command line. A process loses it, with its memory, as the
// first thing when it exits; one without any is therefore looked at again.
func (r *reader) command(d dir, st stat) ([]string, error) {
	text, err := d.read("cmdline", &r.buf)
	if err != nil {
		return nil, err
	}
	command := parseCommand(text)
	if len(command) > 0 || st.flags&flagKernel != 0 {
		return command, nil
	}
	now, err := r.stat(d)
	if err != nil {
		return nil, err
	}
	if now.state == 'Z' || now.flags&flagExiting != 0 {
		return nil, errAgain
	}
	return command, nil
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
func (r *reader) namespaces(d dir) (*probe.Namespaces, error) {
	links, err := d.sub("ns")
	if err != nil {
		return nil, err
	}
	defer links.close()
	var ns probe.Namespaces
	for _, kind := range []struct {
		name  string
		inode *int64
	}{
		{"cgroup", &ns.Cgroup}, {"ipc", &ns.IPC}, {"mnt", &ns.Mnt}, {"net", &ns.Net},
		{"pid", &ns.PID}, {"time", &ns.Time}, {"user", &ns.User}, {"uts", &ns.UTS},
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
