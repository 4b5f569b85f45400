package expect_test

import (
	"podlab/internal/observe"
)

//go:fix inline

// world is a picture in which all is known: pod nginx with two containers on
// node w, and a pod without a node.
func world() *observe.World {
	namespaces := func(own int64) *observe.Namespaces {
		return &observe.Namespaces{Cgroup: 1, IPC: 2, Mnt: 30 + own, Net: 4, PID: 50 + own, Time: 6, User: 7, UTS: 8}
	}
	process := func(pid int, name string) *observe.Process {
		return &observe.Process{
			PID: pid, PIDs: []int{pid, 1}, InnerPID: 1, State: "S", Name: name, Command: []string{"/" + name, "-v"},
			StartTicks: int64(pid) * 100, Namespaces: namespaces(int64(pid % 10)), Container: name,
		}
	}
	container := func(pid int, name string) *observe.Container {
		main := process(pid, name)
		return &observe.Container{
			Name: name, ID: name + "-id", SandboxID: "s1", State: "Running", PID: pid, Restarts: new(1), Ready: new(true),
			Main: main, PID1: main, Processes: []*observe.Process{main}, Visible: []*observe.Process{main},
			Zombies: []*observe.Process{}, Listeners: []*observe.Listener{{Address: "0.0.0.0", Port: 80, PIDs: []int{pid}, Container: name}},
		}
	}
	pause := process(100, "pause")
	sandbox := &observe.Sandbox{ID: "s1", Attempt: 1, Ready: true, PID: 100, IP: "10.244.1.7", Process: pause}
	old := &observe.Sandbox{ID: "s0", PID: 0}
	nginx := &observe.Pod{
		Name: "nginx", KubeNamespace: "lab", UID: "u-1", Node: "w", IP: new("10.244.1.7"), Phase: new("Running"), Ready: new(true),
		Running: new(true), Settled: new(true), Deleting: new(false), HostNetwork: new(false), SharesPID: new(false),
		Sandbox: sandbox, Sandboxes: []*observe.Sandbox{old, sandbox},
		Containers: map[string]*observe.Container{"nginx": container(101, "nginx"), "shell": container(102, "shell")},
		Events: []*observe.Event{
			{Reason: "Scheduled", Type: "Normal", Count: 1, LastAt: 10}, {Reason: "SandboxChanged", Type: "Normal", Count: 2, LastAt: 20},
		},
		Timeline: []*observe.Moment{
			{At: 5, What: "sandbox-created", ID: "s0", Source: "cri"},
			{At: 20, SincePauseDied: new(0.0), What: "process-exited", ID: "s0", Source: "pidfd"},
			{At: 30, SincePauseDied: new(1834.25), What: "container-started", Container: "nginx", ID: "nginx-id", Source: "cri"},
		},
	}
	nginx.Processes = []*observe.Process{pause, nginx.Containers["nginx"].Main, nginx.Containers["shell"].Main}
	pending := &observe.Pod{
		Name: "pending", UID: "u-2", Phase: new("Pending"), Ready: new(false), Running: new(false), Settled: new(true), Deleting: new(false),
		HostNetwork: new(false), SharesPID: new(false), Sandboxes: []*observe.Sandbox{}, Containers: map[string]*observe.Container{},
		Processes: []*observe.Process{}, Events: []*observe.Event{}, Timeline: []*observe.Moment{},
	}
	node := &observe.Node{
		Name: "w", Namespaces: namespaces(9), CgroupVersion: new(2), Init: process(1, "systemd"), Pods: []*observe.Pod{nginx},
		Listeners: []*observe.Listener{{Address: "0.0.0.0", Port: 10250, PIDs: []int{9}}},
	}
	return &observe.World{
		Pods: map[string]*observe.Pod{"nginx": nginx, "pending": pending}, Nodes: map[string]*observe.Node{"w": node},
	}
}
