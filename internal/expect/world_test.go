package expect_test

import "podlab/internal/world"

// everything returns a picture without missing facts: pod nginx with two
// containers on node w, and a pod without a node.
func everything() *world.World {
	namespaces := func(own int64) *world.Namespaces {
		return &world.Namespaces{Cgroup: 1, IPC: 2, Mnt: 30 + own, Net: 4, PID: 50 + own, Time: 6, User: 7, UTS: 8}
	}
	process := func(pid int, name string) *world.Process {
		return &world.Process{
			PID: pid, PIDs: []int{pid, 1}, InnerPID: 1, State: "S", Name: name, Command: []string{"/" + name, "-v"},
			StartTicks: int64(pid) * 100, Namespaces: namespaces(int64(pid % 10)), Container: name,
		}
	}
	container := func(pid int, name string) *world.Container {
		main := process(pid, name)
		return &world.Container{
			Name: name, ID: name + "-id", SandboxID: "s1", State: "Running", PID: pid, Restarts: new(1), Ready: new(true),
			Main: main, PID1: main, Processes: []*world.Process{main}, Visible: []*world.Process{main},
			Zombies: []*world.Process{}, Listeners: []*world.Listener{{Address: "0.0.0.0", Port: 80, PIDs: []int{pid}, Container: name}},
		}
	}
	pause := process(100, "pause")
	sandbox := &world.Sandbox{ID: "s1", Attempt: 1, Ready: true, PID: 100, IP: "10.244.1.7", Process: pause}
	old := &world.Sandbox{ID: "s0", PID: 0}
	nginx := &world.Pod{
		Name: "nginx", KubeNamespace: "lab", UID: "u-1", Node: "w", IP: new("10.244.1.7"), Phase: new("Running"), Ready: new(true),
		Running: new(true), Settled: new(true), Deleting: new(false), HostNetwork: new(false), SharesPID: new(false),
		Sandbox: sandbox, Sandboxes: []*world.Sandbox{old, sandbox},
		Containers: map[string]*world.Container{"nginx": container(101, "nginx"), "shell": container(102, "shell")},
		Events: []*world.Event{
			{Reason: "Scheduled", Type: "Normal", Count: 1, LastAt: 10}, {Reason: "SandboxChanged", Type: "Normal", Count: 2, LastAt: 20},
		},
		Timeline: []*world.Moment{
			{At: 5, What: "sandbox-created", ID: "s0", Source: "cri"},
			{At: 20, SincePauseDied: new(0.0), What: "process-exited", ID: "s0", Source: "pidfd"},
			{At: 30, SincePauseDied: new(1834.25), What: "container-started", Container: "nginx", ID: "nginx-id", Source: "cri"},
		},
	}
	nginx.Processes = []*world.Process{pause, nginx.Containers["nginx"].Main, nginx.Containers["shell"].Main}
	pending := &world.Pod{
		Name: "pending", UID: "u-2", Phase: new("Pending"), Ready: new(false), Running: new(false), Settled: new(true), Deleting: new(false),
		HostNetwork: new(false), SharesPID: new(false), Sandboxes: []*world.Sandbox{}, Containers: map[string]*world.Container{},
		Processes: []*world.Process{}, Events: []*world.Event{}, Timeline: []*world.Moment{},
	}
	node := &world.Node{
		Name: "w", Namespaces: namespaces(9), CgroupVersion: new(2), Init: process(1, "systemd"), Pods: []*world.Pod{nginx},
		Listeners: []*world.Listener{{Address: "0.0.0.0", Port: 10250, PIDs: []int{9}}},
	}
	return &world.World{
		Pods: map[string]*world.Pod{"nginx": nginx, "pending": pending}, Nodes: map[string]*world.Node{"w": node},
	}
}
