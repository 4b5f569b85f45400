package observe

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podlab/internal/node"
	"podlab/internal/nodeprobe/api"
	"podlab/internal/world"
)

// scene returns a node w with four pods: nginx, whose sandbox was killed once and
// replaced, with containers nginx and shell; a static pod; a pod of another scenario;
// and a pod that only the runtime knows.
func scene() input {
	ns := func(mnt, pid int64) *api.Namespaces {
		return &api.Namespaces{Cgroup: 1, IPC: 20, Mnt: mnt, Net: 30, PID: pid, Time: 2, User: 3, UTS: 40}
	}
	process := func(pid, inner, ppid int, owner string, n *api.Namespaces) api.Process {
		return api.Process{PID: pid, PIDs: []int{pid, inner}, PPID: ppid, State: "S", StartTicks: int64(pid), Owner: owner, Namespaces: n}
	}
	snapshot := &api.Snapshot{
		CgroupVersion: 2,
		Host:          api.Namespaces{Cgroup: 1, IPC: 1, Mnt: 1, Net: 1, PID: 1, Time: 2, User: 3, UTS: 1},
		Sandboxes: []api.Sandbox{
			{ID: "new", PodName: "nginx", PodUID: "u1", KubeNamespace: "lab", Attempt: 1, Ready: true, PID: 200, IP: "10.0.0.6", CreatedAt: 9},
			{ID: "old", PodName: "nginx", PodUID: "u1", KubeNamespace: "lab", Attempt: 0, PID: 100, CreatedAt: 5},
			{ID: "static", PodName: "etcd", PodUID: "hash", KubeNamespace: "kube-system", Ready: true, PID: 300},
			{ID: "others", PodName: "x", PodUID: "u2", KubeNamespace: "other-scenario", Ready: true, PID: 400},
			{ID: "unknown", PodName: "ghost", PodUID: "u3", KubeNamespace: "default", Ready: true, PID: 500},
		},
		Containers: []api.Container{
			{ID: "c-old", SandboxID: "old", Name: "nginx", State: "Exited", PID: 0, StartedAt: 6, FinishedAt: 8},
			{ID: "c-new", SandboxID: "new", Name: "nginx", State: "Running", PID: 201, Attempt: 1, StartedAt: 10},
			{ID: "c-shell", SandboxID: "new", Name: "shell", State: "Running", PID: 210, Attempt: 1, StartedAt: 11},
		},
		Processes: []api.Process{
			{PID: 1, PIDs: []int{1}, State: "S", Namespaces: &api.Namespaces{Net: 1}},
			process(200, 1, 150, "new", ns(50, 60)),
			process(201, 1, 150, "c-new", ns(51, 61)),
			process(202, 7, 201, "c-new", ns(51, 61)),
			{PID: 203, PIDs: []int{203, 8}, PPID: 201, State: "Z", Owner: "c-new"},
			process(210, 1, 150, "c-shell", ns(52, 62)),
			process(300, 1, 150, "static", ns(53, 63)),
			// Another process has the old sandbox's pid now.
			process(100, 100, 1, "", ns(54, 64)),
		},
		Listeners: []api.Listener{
			{Net: 30, Address: "0.0.0.0", Port: 80, PIDs: []int{201, 202}},
			{Net: 1, Address: "127.0.0.1", Port: 10248, PIDs: []int{1}},
		},
	}
	status := func(name, id string) corev1.ContainerStatus {
		return corev1.ContainerStatus{
			Name: name, ContainerID: "containerd://" + id, RestartCount: 1, Ready: true,
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
		}
	}
	return input{
		scope: world.Scope{KubeNamespace: "lab", LeaveOut: func(ns string) bool { return ns == "other-scenario" }},
		nodes: []string{"w"},
		pods: []*corev1.Pod{
			{
				ObjectMeta: metav1.ObjectMeta{Name: "nginx", Namespace: "lab", UID: "u1"},
				Spec:       corev1.PodSpec{NodeName: "w", Containers: []corev1.Container{{Name: "nginx"}, {Name: "shell"}}},
				Status: corev1.PodStatus{
					PodIP: "10.0.0.6", Phase: corev1.PodRunning,
					Conditions:        []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
					ContainerStatuses: []corev1.ContainerStatus{status("nginx", "c-new"), status("shell", "c-shell")},
				},
			},
			{
				ObjectMeta: metav1.ObjectMeta{
					Name: "etcd", Namespace: "kube-system", UID: "mirror",
					Annotations: map[string]string{corev1.MirrorPodAnnotationKey: "hash"},
				},
				Spec: corev1.PodSpec{NodeName: "w", HostNetwork: true},
			},
			{ObjectMeta: metav1.ObjectMeta{Name: "x", Namespace: "other-scenario", UID: "u2"}, Spec: corev1.PodSpec{NodeName: "w"}},
		},
		events: []*corev1.Event{
			{
				InvolvedObject: corev1.ObjectReference{UID: "u1"}, Reason: "SandboxChanged", Count: 1,
				LastTimestamp: metav1.NewTime(time.Unix(7, 0)),
			},
			{InvolvedObject: corev1.ObjectReference{UID: "u0"}, Reason: "Killing"},
		},
		snapshots:  map[string]*api.Snapshot{"w": snapshot},
		nodeErrors: map[string]error{},
		history: []api.Event{
			{At: 12e6, What: "container-started", PodUID: "u1", ContainerName: "nginx", ID: "c-new", Source: "cri"},
			{At: 10e6, What: "process-exited", PodUID: "u1", ID: "old", Source: "pidfd"},
			{At: 11e6, What: "process-exited", PodUID: "u2", ID: "others", Source: "pidfd"},
		},
	}
}

func TestJoinPod(t *testing.T) {
	w := join(scene())
	p := w.Pods["nginx"]
	if p == nil || len(w.Pods) != 1 {
		t.Fatalf("pods = %v, want nginx alone", w.Pods)
	}
	nginx := p.Containers["nginx"]
	got := map[string]any{
		"sandbox": p.Sandbox.ID, "sandboxes": len(p.Sandboxes), "old pause": p.Sandboxes[0].Process == nil,
		"pause": p.Sandbox.Process.InnerPID, "ready": *p.Ready, "running": *p.Running, "settled": *p.Settled,
		"container": nginx.ID, "restarts": *nginx.Restarts, "main": nginx.Main.PID, "pid1": nginx.PID1.PID,
		"processes": len(nginx.Processes), "zombies": len(nginx.Zombies), "visible": len(nginx.Visible),
		"listeners": len(nginx.Listeners), "owner": p.Containers["shell"].Listeners[0].Container,
		"events": len(p.Events), "count": p.Events[0].Count,
	}
	want := map[string]any{
		"sandbox": "new", "sandboxes": 2, "old pause": true,
		"pause": 1, "ready": true, "running": true, "settled": true,
		"container": "c-new", "restarts": 1, "main": 201, "pid1": 201,
		"processes": 3, "zombies": 1, "visible": 3,
		"listeners": 1, "owner": "nginx",
		"events": 1, "count": 1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("pod (-want +got):\n%s", diff)
	}
}

func TestJoinTimelineCountsFromThePausesDeath(t *testing.T) {
	line := join(scene()).Pods["nginx"].Timeline
	if len(line) != 2 || line[0].What != "process-exited" || *line[0].SincePauseDied != 0 || *line[1].SincePauseDied != 2 {
		t.Errorf("timeline = %+v %+v, want the exit at 0 ms and the start at 2 ms", line[0], line[1])
	}
}

func TestJoinNode(t *testing.T) {
	n := join(scene()).Nodes["w"]
	var names []string
	for _, p := range n.Pods {
		names = append(names, p.KubeNamespace+"/"+p.Name)
	}
	if diff := cmp.Diff([]string{"default/ghost", "kube-system/etcd", "lab/nginx"}, names); diff != "" {
		t.Errorf("pods of the node (-want +got):\n%s", diff)
	}
	if n.Pods[0].Ready != nil {
		t.Error("a pod that the API does not know has a readiness, want it missing")
	}
	if n.Pods[1].Sandbox == nil || n.Pods[1].Sandbox.ID != "static" {
		t.Error("the static pod's sandbox was not found through its mirror's annotation")
	}
	if len(n.Sockets) != 2 || n.Sockets[0].Net == n.Sockets[1].Net {
		t.Errorf("sockets = %+v, want those of two network namespaces", n.Sockets)
	}
	if n.UnixListeners != nil {
		t.Errorf("unix listeners = %v, want them missing, because the node did not list them", n.UnixListeners)
	}
	if len(n.Processes) != len(scene().snapshots["w"].Processes) || n.Processes[0] != n.Init {
		t.Errorf("processes = %v", n.Processes)
	}
	if len(n.Listeners) != 1 || n.Listeners[0].Port != 10248 || n.Init.PID != 1 {
		t.Errorf("listeners = %v, init = %v", n.Listeners, n.Init)
	}
}

// A fact without an answer is missing from the picture, never empty.
func TestJoinMissing(t *testing.T) {
	for _, test := range []struct {
		name    string
		without func(*input)
		fact    string
		check   func(*world.World) bool
	}{
		{
			"the API", func(in *input) { in.pods, in.podsError = nil, errors.New("refused") }, "pods",
			func(w *world.World) bool {
				return w.Pods == nil && w.Nodes["w"].Pods == nil && w.Nodes["w"].Namespaces != nil
			},
		},
		{
			"the node", func(in *input) { delete(in.snapshots, "w"); in.nodeErrors["w"] = errors.New("paused") }, "pods.nginx",
			func(w *world.World) bool {
				p := w.Pods["nginx"]
				return p.Sandbox == nil && p.Sandboxes == nil && p.Containers == nil && p.Processes == nil && p.Running == nil &&
					p.Settled == nil && *p.Ready && w.Nodes["w"].Pods == nil && w.Nodes["w"].Listeners == nil
			},
		},
		{
			"the runtime", func(in *input) {
				s := in.snapshots["w"]
				s.Sandboxes, s.Containers, s.RuntimeError = nil, nil, "refused"
			}, "nodes.w.pods",
			func(w *world.World) bool { return w.Pods["nginx"].Containers == nil && w.Nodes["w"].Pods == nil },
		},
		{
			"the events", func(in *input) { in.events, in.eventsError = nil, errors.New("refused") }, "pods.nginx.events",
			func(w *world.World) bool { return w.Pods["nginx"].Events == nil && w.Pods["nginx"].Sandbox != nil },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			in := scene()
			test.without(&in)
			w := join(in)
			reported := slices.ContainsFunc(w.Missing, func(m world.Missing) bool { return m.Fact == test.fact && m.Reason != "" })
			if !reported {
				t.Errorf("missing = %v, want %s with a reason", w.Missing, test.fact)
			}
			if !test.check(w) {
				t.Errorf("the picture has facts without a source: %+v", w)
			}
		})
	}
}

// The pod is not settled while the API lags behind the runtime in any fact.
func TestNotSettled(t *testing.T) {
	for name, lag := range map[string]func(*input){
		"IP of the old sandbox":   func(in *input) { in.pods[0].Status.PodIP = "10.0.0.5" },
		"old container":           func(in *input) { in.pods[0].Status.ContainerStatuses[0].ContainerID = "containerd://c-old" },
		"container still waiting": func(in *input) { in.pods[0].Status.ContainerStatuses[1].State.Running = nil },
		"container not named":     func(in *input) { in.pods[0].Status.ContainerStatuses = in.pods[0].Status.ContainerStatuses[:1] },
		"sandbox not ready":       func(in *input) { in.snapshots["w"].Sandboxes[0].Ready = false },
	} {
		t.Run(name, func(t *testing.T) {
			in := scene()
			lag(&in)
			if p := join(in).Pods["nginx"]; *p.Settled {
				t.Error("settled, want not")
			}
		})
	}
}

func TestNotRunning(t *testing.T) {
	for name, change := range map[string]func(*input){
		"container exited":                  func(in *input) { in.snapshots["w"].Containers[2].State = "Exited" },
		"container left in the old sandbox": func(in *input) { in.snapshots["w"].Containers[1].SandboxID = "old" },
		"container missing":                 func(in *input) { in.snapshots["w"].Containers = in.snapshots["w"].Containers[:2] },
	} {
		t.Run(name, func(t *testing.T) {
			in := scene()
			change(&in)
			if p := join(in).Pods["nginx"]; *p.Running {
				t.Error("running, want not")
			}
		})
	}
}

// A node that does not run is lost. A paused node is not lost.
func TestJoinLost(t *testing.T) {
	for _, test := range []struct {
		err  error
		want bool
	}{
		{fmt.Errorf("ask node w: %w", node.ErrNotRunning), true},
		{fmt.Errorf("ask node w: %w", node.ErrPaused), false},
		{errPictureTimeout, false},
	} {
		in := scene()
		delete(in.snapshots, "w")
		in.nodeErrors = map[string]error{"w": test.err}
		if got := join(in).Lost; (got != nil) != test.want || test.want && !errors.Is(got, node.ErrNotRunning) {
			t.Errorf("%v: lost = %v", test.err, got)
		}
	}
	if lost := join(scene()).Lost; lost != nil {
		t.Errorf("with nodes that answer: lost = %v", lost)
	}
}

func TestLagging(t *testing.T) {
	nothing := func(in *input) { in.pods[0].Status = corev1.PodStatus{Phase: corev1.PodPending} }
	noSandbox := func(in *input) { in.snapshots["w"].Sandboxes, in.snapshots["w"].Containers = nil, nil }
	for _, test := range []struct {
		name string
		edit []func(*input)
		want bool
	}{
		{"both agree", nil, false},
		{"the API has an old IP", []func(*input){func(in *input) { in.pods[0].Status.PodIP = "10.0.0.1" }}, true},
		{"the API has an old container", []func(*input){func(in *input) { in.pods[0].Status.ContainerStatuses[0].ContainerID = "containerd://old" }}, true},
		{"the API knows of no container yet", []func(*input){nothing}, true},
		{"the API still has what is gone", []func(*input){noSandbox}, true},
		{"neither has anything yet", []func(*input){nothing, noSandbox}, false},
		{"the runtime does not answer", []func(*input){func(in *input) { in.snapshots["w"].RuntimeError = "refused" }}, false},
	} {
		in := scene()
		for _, edit := range test.edit {
			edit(&in)
		}
		w := join(in)
		if got := slices.Contains(w.Lagging, "nginx"); got != test.want {
			t.Errorf("%s: lagging %v, want %v", test.name, got, test.want)
		}
		w.DropLagging(errors.New("late"))
		if p := w.Pods["nginx"]; (p.Ready == nil) != test.want || test.want && !slices.Contains(w.Missing, world.Missing{Fact: "pods.nginx", Reason: "late"}) {
			t.Errorf("%s: ready %v, missing %v", test.name, p.Ready, w.Missing)
		}
	}
}
