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

// Listeners are the listening sockets of a node.
type Listeners struct {
	// TCP are the TCP sockets of every network namespace that has a process.
	TCP []api.Listener
	// Unix are the unix sockets with a path in nodeprobe's own network namespace.
	// They are nil if the kernel could not list them; Problem then says why.
	Unix    []api.UnixListener
	Problem string
}

// ReadListeners returns the sockets that the processes of the table listen on.
func ReadListeners(t *Table) (*Listeners, error) {
	members := make(map[int64][]int) // pids by network namespace
	for _, p := range t.Processes {
		if p.Namespaces != nil {
			members[p.Namespaces.Net] = append(members[p.Namespaces.Net], p.PID)
		}
	}
	tcp, err := readTCP(members)
	if err != nil {
		return nil, err
	}
	l := &Listeners{TCP: []api.Listener{}}
	inodes := make(map[uint64]bool)
	namespaces := make(map[int64]bool)
	for net, list := range tcp {
		namespaces[net] = true
		for _, socket := range list {
			inodes[socket.inode] = true
		}
	}
	unixSockets, err := dumpUnix()
	if err != nil {
		l.Problem = fmt.Sprintf("can't list the unix sockets: %v", err)
	} else if self := t.Find(t.self); self != nil && self.Namespaces != nil {
		namespaces[self.Namespaces.Net] = true
		for _, socket := range unixSockets {
			inodes[socket.inode] = true
		}
	}
	var pids []int
	for net := range namespaces {
		pids = append(pids, members[net]...)
	}
	holders := t.findHolders(inodes, pids)
	for net, list := range tcp {
		for _, socket := range list {
			l.TCP = append(l.TCP, api.Listener{
				Net: net, Address: socket.address.Addr().String(), Port: int(socket.address.Port()), PIDs: holders[socket.inode],
			})
		}
	}
	slices.SortFunc(l.TCP, func(a, b api.Listener) int {
		return cmp.Or(cmp.Compare(a.Net, b.Net), cmp.Compare(a.Port, b.Port), cmp.Compare(a.Address, b.Address), slices.Compare(a.PIDs, b.PIDs))
	})
	if l.Problem == "" {
		l.Unix = unixListeners(unixSockets, holders)
	}
	return l, nil
}

// readTCP returns the listening TCP sockets of each network namespace. members are
// the pids in each namespace.
func readTCP(members map[int64][]int) (map[int64][]socket, error) {
	sockets := make(map[int64][]socket, len(members))
	buf := make([]byte, diagBuffer)
	var group errgroup.Group // one goroutine, because lockThread may sacrifice its thread
	group.Go(func() error {
		defer lockThread()()
		for net, pids := range members {
			list, err := readNamespace(net, pids, buf)
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

// lockThread locks the goroutine to its thread, so that it can enter other network
// namespaces. The returned function moves the thread back and unlocks it. If the
// thread can't move back, it stays locked, and Go ends it with the goroutine:
// nothing else may run in the wrong namespace.
func lockThread() (unlock func()) {
	runtime.LockOSThread()
	home, err := absolute.open("/proc/thread-self/ns/net", unix.O_RDONLY)
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

// readNamespace returns the listening TCP sockets of the network namespace net. It
// enters the namespace through the first of pids that is still there. If all have
// left, the result is empty.
func readNamespace(net int64, pids []int, buf []byte) ([]socket, error) {
	for _, pid := range pids {
		list, err := readThrough(net, pid, buf)
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

func readThrough(net int64, pid int, buf []byte) ([]socket, error) {
	namespace, err := absolute.open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY)
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
		if list, err := dumpTCP(buf); err == nil {
			return list, nil
		}
	}
	return readTCPFiles(pid)
}

// readTCPFiles returns the same sockets as [dumpTCP], from /proc. It is for kernels
// without sock_diag.
func readTCPFiles(pid int) ([]socket, error) {
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

// findHolders returns which of the processes have each of the sockets open: sorted
// pids by the socket's inode.
func (t *Table) findHolders(inodes map[uint64]bool, pids []int) map[uint64][]int {
	holders := make(map[uint64][]int, len(inodes))
	for inode := range inodes {
		holders[inode] = []int{}
	}
	// nodeprobe itself listens nowhere, and has a file open for each sleeper.
	pids = slices.DeleteFunc(pids, func(pid int) bool { return pid == t.self })
	var (
		next  atomic.Int64
		group sync.WaitGroup
		mutex sync.Mutex // guards the values of holders
	)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			names, link := newBuffer(), make([]byte, 64)
			for n := next.Add(1); n <= int64(len(pids)); n = next.Add(1) {
				pid := pids[n-1]
				for _, inode := range t.openSockets(pid, &names, &link) {
					if !inodes[inode] {
						continue
					}
					mutex.Lock()
					if pids := holders[inode]; !slices.Contains(pids, pid) {
						holders[inode] = append(pids, pid)
					}
					mutex.Unlock()
				}
			}
		})
	}
	group.Wait()
	for _, pids := range holders {
		slices.Sort(pids)
	}
	return holders
}

// openSockets returns the inodes of a process's sockets.
func (t *Table) openSockets(pid int, names, link *[]byte) []uint64 {
	sleeper := t.sleepers[pid]
	if sleeper == nil {
		return readSockets(pid, names, link)
	}
	if sleeper.sockets == nil {
		sleeper.sockets = readSockets(pid, names, link)
	}
	return sleeper.sockets
}

// readSockets reads the inodes of a process's sockets. A process that is gone has
// none.
func readSockets(pid int, names, link *[]byte) []uint64 {
	inodes := []uint64{}
	files, err := absolute.sub(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return inodes
	}
	defer files.close()
	_ = files.eachNumber(".", names, func(name string) {
		target, err := files.link(name, link)
		if err != nil {
			return // the file was closed
		}
		if inode, ok := parseSocket(target); ok {
			inodes = append(inodes, inode)
		}
	})
	return inodes
}

// parseSocket parses the target of a link below /proc/PID/fd that refers to a
// socket, such as "socket:[4711]".
func parseSocket(link []byte) (uint64, bool) {
	const prefix = "socket:["
	if len(link) <= len(prefix) || string(link[:len(prefix)]) != prefix || link[len(link)-1] != ']' {
		return 0, false
	}
	inode, err := strconv.ParseUint(string(link[len(prefix):len(link)-1]), 10, 64)
	return inode, err == nil
}
