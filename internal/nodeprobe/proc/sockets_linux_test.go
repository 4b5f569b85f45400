package proc

import (
	"cmp"
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

func TestListening(t *testing.T) {
	for _, host := range []string{"0.0.0.0", "::"} {
		t.Run(host, func(t *testing.T) {
			a := actor.Start(t, actor.Isolated, "listening", host)
			net := inodes(t, a.PID).Net
			var got []api.Listener
			all, err := Listening(scan(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range all.TCP {
				if l.Net == net {
					got = append(got, l)
				}
			}
			if len(got) != 2 {
				t.Fatalf("listeners %+v", got)
			}
			for _, l := range got {
				if !slices.Contains(strings.Fields(a.Said), strconv.Itoa(l.Port)) {
					t.Errorf("port %d, want one of %s", l.Port, a.Said)
				}
				if l.Address != host || !slices.Equal(l.PIDs, []int{a.PID}) {
					t.Errorf("got %+v, want address %s and pid %d", l, host, a.PID)
				}
			}
		})
	}
}

// TestListeningAreInherited: who has a socket from its parent holds it too,
// whether it has slept since it was looked at or not.
func TestListeningAreInherited(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "server", "3")
	s := NewScanner()
	defer s.Close()
	for range 3 {
		table := scanAgain(t, s)
		want := []int{a.PID}
		for _, p := range table.Processes {
			if p.PPID == a.PID {
				want = append(want, p.PID)
			}
		}
		all, err := Listening(table)
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

// TestListeningLeavesNoThreadBehind: no thread of the test is in another
// network namespace afterwards.
func TestListeningLeavesNoThreadBehind(t *testing.T) {
	actor.Start(t, actor.Isolated, "listening", "0.0.0.0")
	if _, err := Listening(scan(t)); err != nil {
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
			continue // it has ended
		}
		if inode, err := parseNamespace([]byte(link)); err != nil || inode != own {
			t.Errorf("thread %s is in %s, %v", thread.Name(), link, err)
		}
	}
}

// TestBothWaysAgree compares what netlink says of a namespace with what the
// files say.
func TestBothWaysAgree(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "listening", "::")
	files, err := listeningFiles(a.PID)
	if err != nil {
		t.Fatal(err)
	}
	netlink, err := netlinkIn(a.PID)
	if err != nil {
		t.Skipf("this kernel does not tell of sockets over netlink: %v", err)
	}
	order := func(a, b socket) int { return cmp.Compare(a.inode, b.inode) }
	slices.SortFunc(files, order)
	slices.SortFunc(netlink, order)
	if !slices.Equal(files, netlink) || len(files) != 2 {
		t.Errorf("files say %v, netlink says %v", files, netlink)
	}
}

func netlinkIn(pid int) ([]socket, error) {
	leave := mayLeave()
	defer leave()
	namespace, err := anywhere.open(fmt.Sprintf("/proc/%d/ns/net", pid), unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer namespace.close()
	if err := unix.Setns(int(namespace), unix.CLONE_NEWNET); err != nil {
		return nil, err
	}
	return dumpListening(newBuffer())
}

func TestListeningOfMoved(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "listening", "0.0.0.0")
	net := inodes(t, a.PID).Net
	// The first is elsewhere, the second is there.
	sockets, err := listening(map[int64][]int{net: {os.Getpid(), a.PID}})
	if err != nil || len(sockets[net]) != 2 {
		t.Errorf("sockets %v, %v", sockets, err)
	}
	a.Kill()
	sockets, err = listening(map[int64][]int{net: {a.PID}})
	if err != nil || len(sockets) > 0 {
		t.Errorf("of the dead: sockets %v, %v", sockets, err)
	}
}

func FuzzParseSockets(f *testing.F) {
	f.Add([]byte("socket:[4711]"))
	f.Add(make([]byte, diagSize))
	f.Fuzz(func(t *testing.T, data []byte) {
		if inode, ok := parseSocket(data); ok && !strings.Contains(string(data), "socket:[") {
			t.Errorf("parseSocket(%q) = %d", data, inode)
		}
		if s, err := parseDiag(data); err == nil && !s.address.IsValid() {
			t.Errorf("parseDiag(%q) = %v", data, s)
		}
		_ = diagError(data)
	})
}
