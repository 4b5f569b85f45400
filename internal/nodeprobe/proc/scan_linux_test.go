package proc

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/testkit/actor"
)

func scan(t *testing.T) *Table {
	t.Helper()
	s := NewScanner()
	defer s.setSleepers(nil)
	return scanAgain(t, s)
}

func newTestScanner(t *testing.T) *Scanner {
	t.Helper()
	s := NewScanner()
	t.Cleanup(func() { s.setSleepers(nil) })
	return s
}

func scanAgain(t *testing.T, s *Scanner) *Table {
	t.Helper()
	table, err := s.Scan(nil)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// find scans and returns the process with the given pid.
func find(t *testing.T, pid int) api.Process {
	t.Helper()
	table := scan(t)
	p := table.Find(pid)
	if p == nil {
		t.Fatalf("process %d is not in the table; problems: %q", pid, table.Problems)
	}
	return *p
}

// inodes reads the namespaces of a process in another way than the scanner does:
// with stat.
func inodes(t *testing.T, pid int) api.Namespaces {
	t.Helper()
	inode := func(kind string) int64 {
		info, err := os.Stat("/proc/" + strconv.Itoa(pid) + "/ns/" + kind)
		if err != nil {
			t.Fatal(err)
		}
		return int64(info.Sys().(*syscall.Stat_t).Ino)
	}
	return api.Namespaces{
		Cgroup: inode("cgroup"), IPC: inode("ipc"), Mnt: inode("mnt"), Net: inode("net"),
		PID: inode("pid"), Time: inode("time"), User: inode("user"), UTS: inode("uts"),
	}
}

func TestScanFindsItself(t *testing.T) {
	p := find(t, os.Getpid())
	ticks, err := StartTicks(os.Getpid())
	if err != nil || p.StartTicks != ticks || ticks == 0 {
		t.Errorf("start ticks: %d in the table, %d from StartTicks, %v", p.StartTicks, ticks, err)
	}
	if p.PPID != os.Getppid() || p.UID != os.Geteuid() || !slices.Equal(p.Command, os.Args) {
		t.Errorf("ppid, uid, command: %d %d %q", p.PPID, p.UID, p.Command)
	}
	if exe, err := os.Executable(); err != nil || p.Exe == nil || *p.Exe != exe {
		t.Errorf("executable: %v, want %q, %v", p.Exe, exe, err)
	}
	if *p.Namespaces != inodes(t, os.Getpid()) {
		t.Errorf("namespaces: %+v, want %+v", *p.Namespaces, inodes(t, os.Getpid()))
	}
	if p.PIDs[0] != p.PID {
		t.Errorf("pids: %v of process %d", p.PIDs, p.PID)
	}
}

func TestScanIsolated(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "idle")
	p, own := find(t, a.PID), inodes(t, os.Getpid())
	if !slices.Equal(p.PIDs, []int{a.PID, 1}) {
		t.Errorf("pids: %v, want [%d 1]", p.PIDs, a.PID)
	}
	ns := *p.Namespaces
	if ns != inodes(t, a.PID) {
		t.Errorf("namespaces: %+v, want %+v", ns, inodes(t, a.PID))
	}
	for kind, ok := range map[string]bool{
		"pid": ns.PID != own.PID, "net": ns.Net != own.Net, "uts": ns.UTS != own.UTS, "ipc": ns.IPC != own.IPC, "mnt": ns.Mnt != own.Mnt,
		"user": ns.User == own.User, "cgroup": ns.Cgroup == own.Cgroup, "time": ns.Time == own.Time,
	} {
		if !ok {
			t.Errorf("namespace %s: %+v of the actor, %+v of the test", kind, ns, own)
		}
	}
}

func TestScanOddName(t *testing.T) {
	a := actor.Start(t, 0, "named")
	if p := find(t, a.PID); p.Name != actor.OddName || p.PPID != os.Getpid() {
		t.Errorf("name %q, ppid %d", p.Name, p.PPID)
	}
}

func TestScanZombie(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "zombie")
	table := scan(t)
	i := slices.IndexFunc(table.Processes, func(p api.Process) bool { return p.PPID == a.PID })
	if i < 0 {
		t.Fatal("the zombie is not in the table")
	}
	p := table.Processes[i]
	if p.State != "Z" || len(p.Command) != 0 || p.Namespaces != nil {
		t.Errorf("state %s, command %q, namespaces %v", p.State, p.Command, p.Namespaces)
	}
	if inner := strconv.Itoa(p.PIDs[len(p.PIDs)-1]); len(p.PIDs) != 2 || inner != a.Ready {
		t.Errorf("pids %v, want 2, the inner one %s", p.PIDs, a.Ready)
	}
}

// TestScanLeaderless checks a process whose first thread has exited. Its own files
// look like a zombie's, but the process is alive.
func TestScanLeaderless(t *testing.T) {
	a := actor.Start(t, actor.Isolated, "leaderless")
	p := find(t, a.PID)
	if p.State == "Z" || len(p.Command) == 0 || p.Namespaces == nil {
		t.Fatalf("state %s, command %q, namespaces %v", p.State, p.Command, p.Namespaces)
	}
	if own := inodes(t, os.Getpid()); p.Namespaces.Net == own.Net || p.Namespaces.PID == own.PID {
		t.Errorf("namespaces %+v, want others than the test's", *p.Namespaces)
	}
	if !slices.Equal(p.PIDs, []int{a.PID, 1}) {
		t.Errorf("pids %v, want [%d 1]", p.PIDs, a.PID)
	}
}

func TestSetZombieOwners(t *testing.T) {
	table := &Table{Processes: []api.Process{
		{PID: 1, State: "S"},
		{PID: 5, PPID: 1, State: "S", Owner: "sandbox"},
		{PID: 6, PPID: 5, State: "Z"},
		{PID: 7, PPID: 5, State: "S"},
		{PID: 8, PPID: 1, State: "Z"},
		{PID: 9, PPID: 5, State: "Z", Owner: "container"},
		{PID: 10, PPID: 4, State: "Z"},
	}}
	table.setZombieOwners()
	for pid, want := range map[int]string{1: "", 6: "sandbox", 7: "", 8: "", 9: "container", 10: ""} {
		if got := table.Find(pid).Owner; got != want {
			t.Errorf("owner of %d: %q, want %q", pid, got, want)
		}
	}
}

// TestScanOwner moves an actor into its own cgroup.
func TestScanOwner(t *testing.T) {
	a := actor.Start(t, 0, "idle")
	id := strings.Repeat("ab12", 16)
	cgroup := ownCgroup(t) + "/podlab-test-" + id + ".scope"
	if err := os.Mkdir(cgroup, 0o755); err != nil {
		t.Skipf("can't create cgroups: %v", err)
	}
	t.Cleanup(func() { _ = os.Remove(cgroup) })
	t.Cleanup(a.Kill)
	s := newTestScanner(t)
	if p := scanAgain(t, s).Find(a.PID); p == nil || p.Owner != "" {
		t.Fatalf("process %+v, want no owner yet", p)
	}
	// The actor sleeps while it is moved, so it is in the scanner's cache.
	if err := os.WriteFile(cgroup+"/cgroup.procs", []byte(strconv.Itoa(a.PID)), 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := s.Scan(map[string]bool{id: true})
	if err != nil {
		t.Fatal(err)
	}
	if p := table.Find(a.PID); p == nil || p.Owner != id {
		t.Errorf("process %+v, want owner %s", p, id)
	}
	if p := table.Find(os.Getpid()); p.Owner != "" {
		t.Errorf("the test is owned by %s", p.Owner)
	}
	if !InCgroup(a.PID, id) || InCgroup(os.Getpid(), id) || InCgroup(a.PID, id[:63]) {
		t.Error("InCgroup is wrong")
	}
}

// ownCgroup returns the directory of the test's cgroup in any hierarchy.
func ownCgroup(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		name := strings.TrimPrefix(parts[1], "name=")
		for _, root := range []string{"/sys/fs/cgroup/" + name, "/sys/fs/cgroup/unified"} {
			if _, err := os.Stat(root + parts[2] + "/cgroup.procs"); err == nil {
				return root + parts[2]
			}
		}
	}
	t.Skip("no cgroup file system is mounted below /sys/fs/cgroup")
	return ""
}

// TestScanWhileProcessesExit checks that the table has no incomplete process. A
// process that exits during a scan is complete, a zombie, or not in the table.
func TestScanWhileProcessesExit(t *testing.T) {
	before := scan(t).Problems // with processes that the test can't read
	stop := make(chan struct{})
	var churn sync.WaitGroup
	defer churn.Wait()
	defer close(stop)
	// On a busy machine, a scan takes longer than the shortest of these processes.
	for _, seconds := range []string{"0", "0.01", "0.1", "0.3"} {
		churn.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					p, err := os.StartProcess("/bin/sleep", []string{"/bin/sleep", seconds}, &os.ProcAttr{})
					if err != nil {
						t.Error(err)
						return
					}
					_, _ = p.Wait()
				}
			}
		})
	}
	children := 0
	for range 300 {
		table := scan(t)
		if !slices.Equal(table.Problems, before) {
			t.Fatalf("problems: %q", table.Problems)
		}
		for _, p := range table.Processes {
			if p.PPID != os.Getpid() {
				continue
			}
			children++
			complete := len(p.Command) > 0 && p.Namespaces != nil && p.Namespaces.Net != 0
			if zombie := p.State == "Z" && p.Namespaces == nil; !complete && !zombie {
				t.Fatalf("incomplete process: %+v", p)
			}
		}
	}
	if children == 0 {
		t.Error("no scan found a child")
	}
}

func TestStartTicksWithoutProcess(t *testing.T) {
	a := actor.Start(t, 0, "idle")
	a.Kill()
	if _, err := StartTicks(a.PID); !Gone(err) {
		t.Errorf("got %v, want an error for which Gone is true", err)
	}
}
