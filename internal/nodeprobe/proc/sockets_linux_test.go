package proc

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/testkit/actor"
)

func TestReadListeners(t *testing.T) {
	for _, host := range []string{"0.0.0.0", "::"} {
		t.Run(host, func(t *testing.T) {
			a := actor.Start(t, actor.Isolated, "listening", host)
			net := inodes(t, a.PID).Net
			var got []api.Listener
			all, err := ReadListeners(scan(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range all.TCP {
				if l.Net == net {
					got = append(got, l)
				}
			}
			if len(got) != 2 {
				t.Fatalf("listeners %+v, want 2", got)
			}
			for _, l := range got {
				if !slices.Contains(strings.Fields(a.Ready), strconv.Itoa(l.Port)) {
					t.Errorf("port %d, want one of %s", l.Port, a.Ready)
				}
				if l.Address != host || !slices.Equal(l.PIDs, []int{a.PID}) {
					t.Errorf("got %+v, want address %s and pid %d", l, host, a.PID)
				}
			}
		})
	}
}

// TestInheritedListeners checks that children that inherited a socket are among its
// processes, also if they are in the scanner's cache.
func TestInheritedListeners(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "server", "3")
	s := newTestScanner(t)
	for range 3 {
		table := scanAgain(t, s)
		want := []int{a.PID}
		for _, p := range table.Processes {
			if p.PPID == a.PID {
				want = append(want, p.PID)
			}
		}
		all, err := ReadListeners(table)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, l := range all.TCP {
			if l.Net == table.Find(a.PID).Namespaces.Net && slices.Equal(l.PIDs, want) {
				found++
			}
		}
		if found != 2 || len(want) != 4 {
			t.Errorf("%d listeners with pids %v among %+v", found, want, all)
		}
	}
}

// TestReadListenersRestoresThreads checks that no thread stays in another network
// namespace.
func TestReadListenersRestoresThreads(t *testing.T) {
	actor.Start(t, actor.Isolated, "listening", "0.0.0.0")
	if _, err := ReadListeners(scan(t)); err != nil {
		t.Fatal(err)
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	own := inodes(t, os.Getpid()).Net
	for _, thread := range threads {
		link, err := os.Readlink("/proc/self/task/" + thread.Name() + "/ns/net")
		if err != nil {
			continue // the thread has exited
		}
		if inode, err := parseNamespace([]byte(link)); err != nil || inode != own {
			t.Errorf("thread %s is in %s, %v", thread.Name(), link, err)
		}
	}
}

// TestNetlinkAgreesWithFiles compares dumpTCP with readTCPFiles.
func TestNetlinkAgreesWithFiles(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "listening", "::")
	files, err := readTCPFiles(a.PID)
	if err != nil {
		t.Fatal(err)
	}
	netlink, err := dumpTCPIn(a.PID)
	if err != nil {
		t.Skipf("this kernel has no sock_diag for TCP: %v", err)
	}
	order := func(a, b socket) int { return cmp.Compare(a.inode, b.inode) }
	slices.SortFunc(files, order)
	slices.SortFunc(netlink, order)
	if !slices.Equal(files, netlink) || len(files) != 2 {
		t.Errorf("the files have %v, netlink has %v", files, netlink)
	}
}

func dumpTCPIn(pid int) ([]socket, error) {
	defer lockThread()()
	namespace, err := absolute.open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer namespace.close()
	if err := unix.Setns(int(namespace), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	return dumpTCP(newBuffer())
}

// TestDumpWithoutHandler checks that a kernel without the module for a protocol is
// not mistaken for one without sockets.
func TestDumpWithoutHandler(t *testing.T) {
	fd, err := openDiag()
	if err != nil {
		t.Skipf("this kernel has no sock_diag: %v", err)
	}
	defer unix.Close(fd)
	request := tcpRequest{family: unix.AF_INET, protocol: unix.IPPROTO_RAW - 1, states: 1 << stateListen}
	err = dumpSockets(fd, request, newBuffer(), func([]byte) error { return nil })
	if !errors.Is(err, unix.ENOENT) {
		t.Errorf("got %v, want %v", err, unix.ENOENT)
	}
}

func TestReadTCPAfterMove(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "listening", "0.0.0.0")
	net := inodes(t, a.PID).Net
	// The first process is not in the namespace, the second is.
	sockets, err := readTCP(map[int64][]int{net: {os.Getpid(), a.PID}})
	if err != nil || len(sockets[net]) != 2 {
		t.Errorf("sockets %v, %v", sockets, err)
	}
	a.Kill()
	sockets, err = readTCP(map[int64][]int{net: {a.PID}})
	if err != nil || len(sockets) > 0 {
		t.Errorf("without a living process: sockets %v, %v", sockets, err)
	}
}

func FuzzParseSockets(f *testing.F) {
	f.Add([]byte("socket:[4711]"))
	f.Add(make([]byte, tcpSize))
	f.Fuzz(func(t *testing.T, data []byte) {
		if inode, ok := parseSocket(data); ok && !strings.Contains(string(data), "socket:[") {
			t.Errorf("parseSocket(%q) = %d", data, inode)
		}
		if s, err := parseTCPMessage(data); err == nil && !s.address.IsValid() {
			t.Errorf("parseTCPMessage(%q) = %v", data, s)
		}
		_ = diagError(data)
	})
}
