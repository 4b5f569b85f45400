package proc

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"podlab/internal/probe"
)

// Listeners returns the listening TCP sockets of every network namespace that
// a process of the table lives in.
func Listeners(t *Table) ([]probe.Listener, error) {
	inhabitants := make(map[int64][]int)
	for _, p := range t.Processes {
		if p.Namespaces != nil {
			inhabitants[p.Namespaces.Net] = append(inhabitants[p.Namespaces.Net], p.PID)
		}
	}
	sockets, err := listening(inhabitants)
	if err != nil {
		return nil, err
	}
	all := []probe.Listener{}
	for net, list := range sockets {
		holders := holders(list, inhabitants[net])
		for _, s := range list {
			pids := holders[s.inode]
			if pids == nil {
				pids = []int{}
			}
			all = append(all, probe.Listener{
				Net: net, Address: s.address.Addr().String(), Port: int(s.address.Port()), PIDs: pids,
			})
		}
	}
	slices.SortFunc(all, func(a, b probe.Listener) int {
		return cmp.Or(cmp.Compare(a.Net, b.Net), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Address, b.Address), slices.Compare(a.PIDs, b.PIDs))
	})
	return all, nil
}

// listening returns the listening sockets of each namespace, which is known by
// the processes in it.
func listening(inhabitants map[int64][]int) (map[int64][]socket, error) {
	sockets := make(map[int64][]socket, len(inhabitants))
	buf := make([]byte, 32<<10)
	var group errgroup.Group // of one: it runs on a thread that leaves
	group.Go(func() error {
		defer mayLeave()()
		for net, pids := range inhabitants {
			list, err := listeningIn(net, pids, buf)
			if err != nil {
				return fmt.Errorf("read the listening sockets of network namespace %d (process %d): %w", net, pids[0], err)
			}
			if len(list) > 0 {
				sockets[net] = list
			}
		}
		return nil
	})
	return sockets, group.Wait()
}

// mayLeave binds the goroutine to its thread, so that it can enter other
// network namespaces, and returns what brings the thread home. A thread that
// can't go home ends with its goroutine: nothing else may run on it.
func mayLeave() func() {
	runtime.LockOSThread()
	home, err := anywhere.open("/proc/thread-self/ns/net", unix.O_RDONLY)
	if err != nil {
		return func() {}
	}
	return func() {
		defer home.close()
		if unix.Setns(int(home), unix.CLONE_NEWNET) == nil {
			runtime.UnlockOSThread()
		}
	}
}

// listeningIn returns the listening sockets of the network namespace net, as
// the first of pids that still lives there sees them. When all have left there
// is nothing to be said, which is not an error.
func listeningIn(net int64, pids []int, buf []byte) ([]socket, error) {
	for _, pid := range pids {
		list, err := listeningOf(net, pid, buf)
		if err == nil {
			return list, nil
		}
		if !errors.Is(err, errMoved) && !Gone(err) {
			return nil, err
		}
	}
	return nil, nil
}

var errMoved = errors.New("the process has moved to another network namespace")

func listeningOf(net int64, pid int, buf []byte) ([]socket, error) {
	namespace, err := anywhere.open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer namespace.close()
	var st unix.Stat_t
	if err := unix.Fstat(int(namespace), &st); err != nil {
		return nil, os.NewSyscallError("fstat", err)
	}
	if int64(st.Ino) != net { //nolint:gosec // namespace inodes have 32 bits
		return nil, errMoved
	}
	if unix.Setns(int(namespace), unix.CLONE_NEWNET) == nil {
		if list, err := dumpListening(buf); err == nil {
			return list, nil
		}
	}
	return listeningFiles(pid)
}

// listeningFiles reads what [dumpListening] asks for from files.
func listeningFiles(pid int) ([]socket, error) {
	var all []socket
	for _, name := range []string{"net/tcp", "net/tcp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if errors.Is(err, os.ErrNotExist) && name == "net/tcp6" {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		list, err := parseTCP(text)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// holders returns for each socket which of pids have it open.
func holders(sockets []socket, pids []int) map[uint64][]int {
	held := make(map[uint64][]int, len(sockets))
	for _, s := range sockets {
		held[s.inode] = nil
	}
	names, link := newBuffer(), make([]byte, 64)
	for _, pid := range pids {
		files, err := anywhere.sub(fmt.Sprintf("/proc/%d/fd", pid))
		if err != nil {
			continue // gone, with all that it held
		}
		_ = files.numbered(".", &names, func(name string) {
			target, err := files.link(name, &link)
			if err != nil {
				return
			}
			inode, ok := parseSocket(target)
			if _, listens := held[inode]; ok && listens && !slices.Contains(held[inode], pid) {
				held[inode] = append(held[inode], pid)
			}
		})
		files.close()
	}
	return held
}

// parseSocket parses what a link below /proc/PID/fd says of a socket,
// "socket:[4711]".
func parseSocket(link []byte) (uint64, bool) {
	const prefix = "socket:["
	if len(link) <= len(prefix) || string(link[:len(prefix)]) != prefix || link[len(link)-1] != ']' {
		return 0, false
	}
	inode, err := strconv.ParseUint(string(link[len(prefix):len(link)-1]), 10, 64)
	return inode, err == nil
}
