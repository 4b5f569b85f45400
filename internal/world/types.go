package world

import "time"

// A World is one picture of everything that the expressions of a scenario can
// read.
type World struct {
	// TakenAt is the time on podlab's clock when the picture was complete.
	TakenAt time.Time `json:"takenAt"`
	// Pods are the pods of the scenario's kube namespace, by name.
	Pods map[string]*Pod `json:"pods,omitzero"`
	// Nodes are the cluster's nodes, by name.
	Nodes map[string]*Node `json:"nodes,omitzero"`
	// Missing lists the facts that could not be observed.
	Missing []Missing `json:"missing,omitzero"`
	// Lost is the error that names a node that no longer runs; nil if all nodes run.
	Lost error `json:"-"`
	// Lagging names the pods whose status in the API contradicts the runtime, because
	// the kubelet has not reported the last change yet.
	Lagging []string `json:"-"`
}

// Missing is a fact that could not be observed.
type Missing struct {
	// Fact is the fact's path in the picture (nodes.myk8s-worker,
	// pods.nginx.sandbox).
	Fact string `json:"fact"`
	// Reason is the text of the error.
	Reason string `json:"reason"`
}

// Miss records that a fact could not be observed, and why.
func (w *World) Miss(fact string, why error) {
	w.Missing = append(w.Missing, Missing{Fact: fact, Reason: why.Error()})
}

// DropLagging makes the API's status of every lagging pod a missing fact, for that
// reason.
func (w *World) DropLagging(why error) {
	for _, name := range w.Lagging {
		uid := w.Pods[name].UID
		dropStatus(w.Pods[name])
		for _, n := range w.Nodes {
			for _, p := range n.Pods {
				if p.UID == uid {
					dropStatus(p)
				}
			}
		}
		w.Miss("pods."+name, why)
	}
}

func dropStatus(p *Pod) {
	p.IP, p.Phase, p.Ready, p.Events = nil, nil, nil, nil
	for _, c := range p.Containers {
		c.Restarts, c.Ready = nil, nil
	}
}

// A Node is a kind container as seen from inside. When podlab cannot reach the
// node, everything but its name is missing.
type Node struct {
	Name string `json:"name"`
	// Namespaces are the namespaces of the node's init, PID 1.
	Namespaces *Namespaces `json:"namespaces,omitzero"`
	// CgroupVersion is 1 or 2, according to the file system at /sys/fs/cgroup.
	CgroupVersion *int `json:"cgroupVersion,omitzero"`
	// Init is the node's PID 1.
	Init *Process `json:"init,omitzero"`
	// Pods are the node's pods according to the API, and the pods with a ready sandbox
	// that only the runtime knows. The pods of other scenarios are left out, so that
	// scenarios can run side by side on one cluster.
	Pods []*Pod `json:"pods,omitzero"`
	// Listeners are the listening TCP sockets of the node's own network namespace.
	Listeners []*Listener `json:"listeners,omitzero"`
	// Sockets are the listening TCP sockets of every network namespace on the node
	// that has a process.
	Sockets []*Listener `json:"sockets,omitzero"`
	// UnixListeners are the listening unix sockets of the node's own network
	// namespace that have a path.
	UnixListeners []*UnixListener `json:"unixListeners,omitzero"`
	// Processes are all processes of the node, in pods or not, sorted by pid.
	Processes []*Process `json:"processes,omitzero"`
}

// A Pod joins what the API, the runtime and the kernel say about a pod.
type Pod struct {
	Name string `json:"name"`
	// KubeNamespace is metadata.namespace.
	KubeNamespace string `json:"kubeNamespace"`
	// UID is metadata.uid.
	UID string `json:"uid"`
	// Labels are metadata.labels.
	Labels map[string]string `json:"labels,omitzero"`
	// Node is spec.nodeName, empty until the pod is scheduled.
	Node string `json:"node"`
	// IP is status.podIP, empty until the pod has an IP address.
	IP *string `json:"ip,omitzero"`
	// Phase is status.phase, empty for a pod that is not in the API.
	Phase *string `json:"phase,omitzero"`
	// Ready is the pod's condition Ready, false while the pod is being deleted.
	Ready *bool `json:"ready,omitzero"`
	// Running is whether every container of the spec runs in the newest sandbox,
	// according to the runtime.
	Running *bool `json:"running,omitzero"`
	// Settled is whether the API's status has caught up with the runtime: both name
	// the same newest containers and the same IP address.
	Settled *bool `json:"settled,omitzero"`
	// Deleting is whether metadata.deletionTimestamp is set.
	Deleting *bool `json:"deleting,omitzero"`
	// HostNetwork is spec.hostNetwork.
	HostNetwork *bool `json:"hostNetwork,omitzero"`
	// SharesPID is spec.shareProcessNamespace.
	SharesPID *bool `json:"sharesPID,omitzero"`
	// Sandbox is the newest sandbox in the runtime with this pod's UID.
	Sandbox *Sandbox `json:"sandbox,omitzero"`
	// Sandboxes are all sandboxes with this pod's UID, oldest attempt first.
	Sandboxes []*Sandbox `json:"sandboxes,omitzero"`
	// Containers are the newest attempt of each container, by name.
	Containers map[string]*Container `json:"containers,omitzero"`
	// Processes are the processes of the sandbox and of all containers.
	Processes []*Process `json:"processes,omitzero"`
	// Events are the API's events about this pod's UID, oldest first.
	Events []*Event `json:"events,omitzero"`
	// Timeline is what happened to the pod's sandboxes and containers since podlab
	// began to follow the node, oldest first.
	Timeline []*Moment `json:"timeline,omitzero"`
}

// A Sandbox is a pod sandbox of the CRI.
type Sandbox struct {
	// ID is the sandbox's full ID in the runtime.
	ID string `json:"id"`
	// Attempt counts the pod's sandboxes from 0 (CRI metadata).
	Attempt int `json:"attempt"`
	// Ready is whether CRI's state is SANDBOX_READY.
	Ready bool `json:"ready"`
	// PID is the pid of the sandbox's process, the pause, on the node (CRI verbose
	// status); 0 when the process has exited.
	PID int `json:"pid"`
	// Image is the sandbox's image as the runtime names it.
	Image string `json:"image"`
	// CreatedAt is the runtime's time of creation, in nanoseconds since 1970 on the
	// node's clock.
	CreatedAt int64 `json:"createdAt"`
	// IP is the sandbox's IP address in the runtime (CRI), "" with the host's
	// network. The API's IP follows later, when the kubelet reports it.
	IP string `json:"ip"`
	// Process is the process with that pid.
	Process *Process `json:"process,omitzero"`
	// NetworkNamespacePath is the path to which the runtime pinned the network
	// namespace (the sandbox's runtime spec); empty with the host's network.
	NetworkNamespacePath string `json:"networkNamespacePath"`
	// PinnedNetwork is the inode of the network namespace at that path; 0 when
	// nothing is pinned there.
	PinnedNetwork *int64 `json:"pinnedNetwork,omitzero"`
	// NamespacePaths are the namespaces of the runtime spec by type (network, ipc,
	// uts, pid, mount, cgroup, user): the path of the namespace that the process
	// joined, "" for a new one. The process shares the types that are not in the map
	// with the node.
	NamespacePaths map[string]string `json:"namespacePaths,omitzero"`
}

// A Container is a container of a pod, as the runtime and the kernel know it.
type Container struct {
	Name string `json:"name"`
	// ID is the container's full ID in the runtime, without a scheme.
	ID string `json:"id"`
	// SandboxID is the ID of the container's sandbox.
	SandboxID string `json:"sandboxId"`
	// Attempt counts from 0 (CRI metadata).
	Attempt int `json:"attempt"`
	// State is Created, Running, Exited or Unknown (CRI).
	State string `json:"state"`
	// Image is the image as the runtime names it.
	Image string `json:"image"`
	// PID is the pid of the main process on the node (CRI verbose status); 0 when
	// the process has exited.
	PID int `json:"pid"`
	// ExitCode is the exit code of the main process, 0 while it runs.
	ExitCode int `json:"exitCode"`
	// StartedAt and FinishedAt are the runtime's times, in nanoseconds since 1970 on
	// the node's clock; 0 when the container has not started or finished.
	StartedAt  int64 `json:"startedAt"`
	FinishedAt int64 `json:"finishedAt"`
	// NamespacePaths are like those of a sandbox.
	NamespacePaths map[string]string `json:"namespacePaths,omitzero"`
	// Restarts is the API's restartCount.
	Restarts *int `json:"restarts,omitzero"`
	// Ready is the API's ready.
	Ready *bool `json:"ready,omitzero"`
	// Main is the main process.
	Main *Process `json:"main,omitzero"`
	// PID1 is PID 1 of the container's PID namespace: the main process, or the
	// sandbox's process when the pod shares its PID namespace.
	PID1 *Process `json:"pid1,omitzero"`
	// Processes are the container's processes, including zombies and processes that
	// exec started.
	Processes []*Process `json:"processes,omitzero"`
	// Visible are the processes in the container's PID namespace: what ps shows
	// inside the container.
	Visible []*Process `json:"visible,omitzero"`
	// Zombies are the container's processes that have exited and are not reaped.
	Zombies []*Process `json:"zombies,omitzero"`
	// Listeners are the listening TCP sockets of the container's network namespace,
	// whichever container opened them.
	Listeners []*Listener `json:"listeners,omitzero"`
}

// A Process is a process of a node.
type Process struct {
	// PID is the pid in the node's PID namespace.
	PID int `json:"pid"`
	// PIDs are the pids from the node's PID namespace inwards (NSpid of
	// /proc/PID/status). The last is the pid that the process itself sees.
	PIDs []int `json:"pids"`
	// InnerPID is the last of PIDs.
	InnerPID int `json:"innerPid"`
	// PPID is the parent's pid in the node's PID namespace, 0 when the parent is
	// outside the node.
	PPID int `json:"ppid"`
	// State is the kernel's letter: R, S, D, T, t, Z, X, I.
	State string `json:"state"`
	// UID is the effective user ID on the node.
	UID int `json:"uid"`
	// Name is the kernel's comm. It is for people: a check must not rely on it.
	Name string `json:"name"`
	// Command is the command line, empty for a zombie.
	Command []string `json:"command"`
	// Exe is the path of the executable (/proc/PID/exe); "" inside pods, for zombies
	// and for kernel threads.
	Exe *string `json:"exe,omitzero"`
	// StartTicks is when the process started, in clock ticks since the kernel booted
	// (field 22 of /proc/PID/stat). PID and StartTicks together are unique.
	StartTicks int64 `json:"startTicks"`
	// Threads is the number of threads; a zombie has one.
	Threads int `json:"threads"`
	// Namespaces are the process's namespaces. A zombie has left them all.
	Namespaces *Namespaces `json:"namespaces,omitzero"`
	// Container is the name of the process's container; "" for a sandbox's process
	// and outside pods.
	Container string `json:"container"`
}

// Namespaces are the inodes of the eight namespaces of a process
// (/proc/PID/ns).
type Namespaces struct {
	Cgroup int64 `json:"cgroup"`
	IPC    int64 `json:"ipc"`
	Mnt    int64 `json:"mnt"`
	Net    int64 `json:"net"`
	PID    int64 `json:"pid"`
	Time   int64 `json:"time"`
	User   int64 `json:"user"`
	UTS    int64 `json:"uts"`
}

// A Listener is a listening TCP socket.
type Listener struct {
	// Net is the inode of the socket's network namespace.
	Net int64 `json:"net"`
	// Address is the local IP address (0.0.0.0, ::, 127.0.0.1).
	Address string `json:"address"`
	// Port is the local port.
	Port int `json:"port"`
	// PIDs are the pids on the node of the processes that have the socket open.
	PIDs []int `json:"pids"`
	// Container is the name of those processes' container, "" outside containers.
	Container string `json:"container"`
}

// A UnixListener is a listening unix socket.
type UnixListener struct {
	// Path is the path that the socket is bound to.
	Path string `json:"path"`
	// PIDs are the pids on the node of the processes that have the socket open.
	PIDs []int `json:"pids"`
	// Clients are the pids on the node of the processes in the node's own network
	// namespace that are connected to the socket.
	Clients []int `json:"clients"`
}

// An Event is an event of the API about a pod.
type Event struct {
	Reason  string `json:"reason"`
	Type    string `json:"type"`
	Message string `json:"message"`
	// Count is how often the event happened.
	Count int `json:"count"`
	// LastAt is when the event last happened, in nanoseconds since 1970. The API
	// keeps seconds or microseconds.
	LastAt int64 `json:"lastAt"`
}

// A Moment is a change that nodeprobe saw on the node.
type Moment struct {
	// At is in nanoseconds since 1970 on the node's clock.
	At int64 `json:"at"`
	// SincePauseDied is the time since a pause of the pod last died, in
	// milliseconds. It does not exist before a pause has died.
	SincePauseDied *float64 `json:"sincePauseDiedMs,omitzero"`
	// What is one of process-exited (pidfd), sandbox-created, sandbox-ready,
	// sandbox-stopped, sandbox-removed, container-created, container-started,
	// container-stopped and container-removed.
	What string `json:"what"`
	// Container is the container's name, "" for a sandbox.
	Container string `json:"container"`
	// ID is the ID of the container or the sandbox.
	ID string `json:"id"`
	// Source is pidfd or cri.
	Source string `json:"source"`
}
