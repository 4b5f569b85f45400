package anatomy_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/anatomy"
	"podlab/internal/text"
	"podlab/internal/world"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The namespaces of the node and of a pause.
var (
	nodes  = world.Namespaces{Cgroup: 10, IPC: 11, Mnt: 12, Net: 13, PID: 14, Time: 15, User: 16, UTS: 17}
	pauses = world.Namespaces{Cgroup: 10, IPC: 21, Mnt: 22, Net: 23, PID: 24, Time: 15, User: 16, UTS: 27}
)

// in returns the pause's namespaces with other mnt and pid namespaces.
func in(mnt, pid int64) *world.Namespaces {
	n := pauses
	n.Mnt, n.PID = mnt, pid
	return &n
}

func process(container string, pid, inner int, n *world.Namespaces, command ...string) *world.Process {
	return &world.Process{
		PID: pid, PIDs: []int{pid, inner}, InnerPID: inner, State: "S", Name: "name", Command: command,
		Namespaces: n, Container: container,
	}
}

// nginxAndShell returns a picture of a pod with two containers, a debug container
// in nginx's PID namespace, and a zombie in the shell.
func nginxAndShell() *world.World {
	pause := process("", 2341, 1, new(pauses), "/pause")
	master := process("nginx", 2402, 1, in(32, 34), "nginx: master process nginx -g daemon off;")
	worker := process("nginx", 2431, 29, in(32, 34), "nginx: worker process")
	shell := process("shell", 2470, 1, in(42, 44), "sleep", "infinity")
	zombie := process("shell", 2500, 9, nil)
	zombie.State = "Z"
	debug := process("debugger", 2600, 40, in(52, 34), "sh")
	listener := &world.Listener{Address: "0.0.0.0", Port: 80, PIDs: []int{2402, 2431}, Container: "nginx"}
	pod := &world.Pod{
		Name: "nginx", KubeNamespace: "default", UID: "6d3f", Node: "myk8s-worker",
		IP: new("10.244.1.5"), Phase: new("Running"), Ready: new(true), Deleting: new(false),
		Sandbox: &world.Sandbox{
			ID: "0123456789abcdef", Attempt: 1, Ready: true, PID: 2341, Image: "registry.k8s.io/pause:3.10.2", Process: pause,
			NetworkNamespacePath: "/var/run/netns/cni-1",
		},
		Containers: map[string]*world.Container{
			"nginx": {
				Name: "nginx", State: "Running", Attempt: 1, Restarts: new(1), PID: 2402, Image: "nginx", Main: master, PID1: master,
				Listeners: []*world.Listener{listener},
			},
			"shell": {
				Name: "shell", State: "Running", Attempt: 1, Restarts: new(1), PID: 2470, Image: "busybox", Main: shell, PID1: shell,
				Listeners: []*world.Listener{listener},
			},
			"debugger": {Name: "debugger", State: "Running", PID: 2600, Image: "busybox", Main: debug, PID1: master},
		},
		Processes: []*world.Process{pause, master, worker, shell, zombie, debug},
	}
	return &world.World{
		Pods:  map[string]*world.Pod{"nginx": pod},
		Nodes: map[string]*world.Node{"myk8s-worker": {Name: "myk8s-worker", Namespaces: new(nodes)}},
	}
}

// relations returns the relations of the process with that pid, as kind=relation.
func relations(t *testing.T, w *world.World, pid int) string {
	t.Helper()
	a, err := anatomy.Of(w, "nginx")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, row := range a.Rows {
		if row.PID != pid {
			continue
		}
		for _, c := range row.Cells {
			out = append(out, strings.Join(append([]string{c.Kind + "=" + string(c.Relation)}, c.With...), "+"))
		}
	}
	return strings.Join(out, " ")
}

func TestRelations(t *testing.T) {
	whole := func(*world.World) {}
	for _, c := range []struct {
		name   string
		change func(*world.World)
		pid    int
		want   string
	}{
		{
			"a pause", whole, 2341,
			"cgroup=node ipc=pause mnt=pause net=pause pid=pause time=node user=node uts=pause",
		},
		{
			"a container", whole, 2470,
			"cgroup=node ipc=pause mnt=private net=pause pid=private time=node user=node uts=pause",
		},
		{
			"a debug container, in the PID namespace of its target", whole, 2600,
			"cgroup=node ipc=pause mnt=private net=pause pid=shared+nginx time=node user=node uts=pause",
		},
		{
			"a zombie", whole, 2500,
			"cgroup=left ipc=left mnt=left net=left pid=left time=left user=left uts=left",
		},
		{
			"unknown namespaces of the node",
			func(w *world.World) { w.Nodes["myk8s-worker"].Namespaces = nil }, 2470,
			"cgroup=unknown ipc=unknown mnt=unknown net=unknown pid=unknown time=unknown user=unknown uts=unknown",
		},
		{
			"an unknown sandbox",
			func(w *world.World) { w.Pods["nginx"].Sandbox = nil }, 2470,
			"cgroup=node ipc=unknown mnt=unknown net=unknown pid=unknown time=node user=node uts=unknown",
		},
		{
			"a dead pause: containers still share with each other",
			func(w *world.World) {
				w.Pods["nginx"].Sandbox.Process = nil
				w.Pods["nginx"].Processes = w.Pods["nginx"].Processes[1:]
			}, 2470,
			"cgroup=node ipc=shared+debugger+nginx mnt=private net=shared+debugger+nginx pid=private time=node user=node uts=shared+debugger+nginx",
		},
		{
			"a running process with unknown namespaces",
			func(w *world.World) { w.Pods["nginx"].Processes[3].Namespaces = nil }, 2470,
			"cgroup=unknown ipc=unknown mnt=unknown net=unknown pid=unknown time=unknown user=unknown uts=unknown",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := nginxAndShell()
			c.change(w)
			if got := relations(t, w, c.pid); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestRender(t *testing.T) {
	pending := &world.World{
		Pods: map[string]*world.Pod{"nginx": {
			Name: "nginx", KubeNamespace: "default", UID: "6d3f", Phase: new("Pending"), Ready: new(false), IP: new(""),
		}},
		Missing: []world.Missing{{Fact: "nodes.myk8s-worker", Reason: "the node does not answer"}},
	}
	for file, c := range map[string]struct {
		world *world.World
		style anatomy.Style
	}{
		"en.golden":      {nginxAndShell(), anatomy.Style{Lang: text.English}},
		"ko.golden":      {nginxAndShell(), anatomy.Style{Lang: text.Korean}},
		"narrow.golden":  {nginxAndShell(), anatomy.Style{Lang: text.English, Width: 100}},
		"color.golden":   {nginxAndShell(), anatomy.Style{Lang: text.English, Width: 100, Color: true}},
		"pending.golden": {pending, anatomy.Style{Lang: text.English}},
	} {
		t.Run(file, func(t *testing.T) {
			a, err := anatomy.Of(c.world, "nginx")
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			if err := a.Render(&out, c.style); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", file)
			if *update {
				if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), out.String()); diff != "" {
				t.Errorf("(-want +got; -update rewrites it)\n%s", diff)
			}
		})
	}
}

func TestNoSuchPod(t *testing.T) {
	for want, w := range map[string]*world.World{
		`there is no pod "web": choose one of nginx, or another kube namespace with -n`:      nginxAndShell(),
		`there is no pod "web": this kube namespace has no pods; choose another one with -n`: {Pods: map[string]*world.Pod{}},
		`list pods: connection refused`: {Missing: []world.Missing{{Fact: "pods", Reason: "connection refused"}}},
	} {
		if _, err := anatomy.Of(w, "web"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestHostNetworkHasOnlyThePodsSockets(t *testing.T) {
	w := nginxAndShell()
	pod := w.Pods["nginx"]
	pod.HostNetwork = new(true)
	shell := pod.Containers["shell"]
	shell.Listeners = append(shell.Listeners, &world.Listener{Address: "0.0.0.0", Port: 10250, PIDs: []int{77}})
	a, err := anatomy.Of(w, "nginx")
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Listeners) != 1 || a.Listeners[0].Port != 80 {
		t.Errorf("got %+v, want only port 80", a.Listeners)
	}
}
