package proc

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"podlab/internal/nodeprobe/api"
)

// Sockets are who listens where.
type Sockets struct {
	// TCP are the listening TCP sockets of every network namespace that a process
	// of the table lives in.
	TCP []api.Listener
	// Unix are the listening unix sockets with a path of the reader's own network
	// namespace; nil when the kernel does not tell, of which Problem says why.
	Unix    []api.UnixListener
	Problem string
}

// Listening returns the sockets that the processes of the table listen on.
func Listening(t *Table) (*Sockets, error) {
	inhabitants := make(map[int64][]int)
	for _, p := range t.Processes {
		if p.Namespaces != nil {
			inhabitants[p.Namespaces.Net] = append(inhabitants[p.Namespaces.Net], p.PID)
		}
	}
	tcp, err := listening(inhabitants)
	if err != nil {
		return nil, err
	}
	s := &Sockets{TCP: []api.Listener{}}
	wanted := make(map[uint64]bool)
	homes := make(map[int64]bool)
	for net, list := range tcp {
		homes[net] = true
		for _, socket := range list {
			wanted[socket.inode] = true
		}
	}
	unixSockets, err := dumpUnix()
	if err != nil {
		s.Problem = fmt.Sprintf("who listens on unix sockets could not be read: %v", err)
	} else if self := t.Find(t.self); self != nil && self.Namespaces != nil {
		homes[self.Namespaces.Net] = true
		for _, socket := range unixSockets {
			wanted[socket.inode] = true
		}
	}
	var pids []int
	for net := range homes {
		pids = append(pids, inhabitants[net]...)
	}
	holders := t.findHolders(wanted, pids)
	for net, list := range tcp {
		for _, socket := range list {
			s.TCP = append(s.TCP, api.Listener{
				Net: net, Address: socket.address.Addr().String(), Port: int(socket.address.Port()), PIDs: holders[socket.inode],
			})
		}
	}
	slices.SortFunc(s.TCP, func(a, b api.Listener) int {
		return cmp.Or(cmp.Compare(a.Net, b.Net), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Address, b.Address), slices.Compare(a.PIDs, b.PIDs))
	})
	if s.Problem == "" {
		s.Unix = unixListeners(unixSockets, holders)
	}
	return s, nil
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
	if int64(st.Ino) != net {
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

// findHolders returns which of the processes pids have each of the sockets
// open, by the socket's inode, in the order of their pids.
func (t *Table) findHolders(wanted map[uint64]bool, pids []int) map[uint64][]int {
	held := make(map[uint64][]int, len(wanted))
	for inode := range wanted {
		held[inode] = []int{}
	}
	// The reader itself listens nowhere, and has a file open for each sleeper.
	pids = slices.DeleteFunc(pids, func(pid int) bool { return pid == t.self })
	var (
		next  atomic.Int64
		group sync.WaitGroup
		mutex sync.Mutex // guards held's values
	)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			names, link := newBuffer(), make([]byte, 64)
			for n := next.Add(1); n <= int64(len(pids)); n = next.Add(1) {
				pid := pids[n-1]
				for _, inode := range t.openSockets(pid, &names, &link) {
					if !wanted[inode] {
						continue
					}
					mutex.Lock()
					if before := held[inode]; !slices.Contains(before, pid) {
						held[inode] = append(before, pid)
					}
					mutex.Unlock()
				}
			}
		})
	}
	group.Wait()
	for _, pids := range held {
		slices.Sort(pids)
	}
	return held
}

// openSockets returns the inodes of a process's sockets.
func (t *Table) openSockets(pid int, names, link *[]byte) []uint64 {
	sleeper := t.alone[pid]
	if sleeper == nil {
		return readSockets(pid, names, link)
	}
	if sleeper.sockets == nil {
		sleeper.sockets = readSockets(pid, names, link)
	}
	return sleeper.sockets
}

// readSockets asks the kernel for the inodes of a process's sockets; there are
// none when it is gone, with all that it held.
func readSockets(pid int, names, link *[]byte) []uint64 {
	inodes := []uint64{}
	files, err := anywhere.sub(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return inodes
	}
	defer files.close()
	_ = files.numbered(".", names, func(name string) {
		target, err := files.link(name, link)
		if err != nil {
			return // closed, or gone
		}
		if inode, ok := parseSocket(target); ok {
			inodes = append(inodes, inode)
		}
	})
	return inodes
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
