package proc

import "fmt"

// A sleeper is a process whose first thread was asleep when it was read. As
// long as the text of its status is the same, the number of context switches
// included, that thread has not run; and what has not run has not executed
// another program, changed its user or its namespaces. Others can only have
// changed its cgroup, and other threads of its own its command line and open
// files. Most processes of a node are asleep most of the time, and reading them
// costs a third so.
type sleeper struct {
	// dir is held open: another process with the same pid is not in it.
	dir    dir
	status string
	// alone says that it has one thread.
	alone bool
	found found
	// sockets are those that it has open, nil until somebody asked; only known
	// of those that are alone.
	sockets []uint64
}

// sleeping returns a process as it was, if it has slept since; nil if not.
func (r *reader) sleeping(known *sleeper) (*found, error) {
	f := known.found
	text, err := r.status(known.dir)
	if err == nil && string(text) != known.status {
		return nil, nil
	}
	if err == nil {
		f.process.Owner, err = r.owner(known.dir)
	}
	if err == nil && !known.alone && f.process.State != "Z" {
		text, err = known.dir.read("cmdline", &r.buf)
		f.process.Command = parseCommand(text)
	}
	switch {
	case Gone(err), len(f.process.Command) == 0 && len(known.found.process.Command) > 0:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read process %d: %w", f.process.PID, err)
	}
	f.asleep = known
	return &f, nil
}
