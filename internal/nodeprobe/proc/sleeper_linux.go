package proc

import "fmt"

// A sleeper is the cache entry of a process whose first thread was asleep when
// nodeprobe read it.
//
// The text of /proc/PID/status counts context switches. While the text stays the
// same, the first thread has not run, so the process has not executed another
// program and not changed its user or namespaces. Only its cgroup can change, from
// outside, and other threads can change its command line and open files.
//
// Most processes of a node sleep most of the time. The cache saves two thirds of
// the time to read them.
type sleeper struct {
	// dir stays open, so that it can't refer to another process with the same pid.
	dir            dir
	status         string
	singleThreaded bool
	result         result
	// sockets are the inodes of the process's open sockets, nil if nodeprobe has
	// not read them. They are cached only for single-threaded processes.
	sockets []uint64
}

// readCached returns the cached result if the process has slept since, else nil.
// It reads again what may have changed nevertheless.
func (r *reader) readCached(cached *sleeper) (*result, error) {
	res := cached.result
	text, err := r.status(cached.dir)
	if err == nil && string(text) != cached.status {
		return nil, nil
	}
	if err == nil {
		res.process.Owner, err = r.owner(cached.dir)
	}
	if err == nil && !cached.singleThreaded && res.process.State != "Z" {
		text, err = cached.dir.read("cmdline", &r.buf)
		res.process.Command = parseCommand(text)
	}
	switch {
	case Gone(err), len(res.process.Command) == 0 && len(cached.result.process.Command) > 0:
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read process %d: %w", res.process.PID, err)
	}
	res.sleeper = cached
	return &res, nil
}
