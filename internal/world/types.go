package world

import "time"

// The types of this file are the vocabulary of every expression in a lab: a
// field's JSON name is its name in CEL. A nil pointer, nil slice or nil map is
// a fact that is missing, and what depends on it is Unknown; an empty slice or
// map is the known fact that there is none.

// A World is one picture of everything that a scenario can speak about.
type World struct {
	// TakenAt is when the picture was complete, on podlab's clock.
	TakenAt time.Time `json:"takenAt"`
	// Pods are the pods of the scenario's kube namespace, by name.
	Pods map[string]*Pod `json:"pods,omitzero"`
	// Nodes are the cluster's nodes, by name.
	Nodes map[string]*Node `json:"nodes,omitzero"`
	// Missing says which facts could not be had, and why.
	Missing []Missing `json:"missing,omitzero"`
	// Lost says that a node does not run any more, and which; nil when all do.
	Lost error `json:"-"`
}

// Missing is a fact that could not be had.
type Missing struct {
	// Fact is what is missing, as a path in the picture (nodes.myk8s-worker,
	// pods.nginx.sandbox).
	Fact string `json:"fact"`
	// Reason is why.
	Reason string `json:"reason"`
}

// Miss records that a fact could not be had, and why.
func (w *World) Miss(fact string, why error) {
	w.Missing = append(w.Missing, Missing{Fact: fact, Reason: why.Error()})
}

// A Node is a kind container as seen from inside. All but its name is missing
// when the node could not be asked.
type Node struct {
	Name string `json:"name"`
	// Namespaces are the node's own: those of its init, PID 1.
	Namespaces *Namespaces `json:"namespaces,omitzero"`
	// CgroupVersion is 1 or 2, from the file system at /sys/fs/cgroup.
	CgroupVersion *int `json:"cgroupVersion,omitzero"`
	// Init is the node's PID 1.
	Init *Process `json:"init,omitzero"`
	// Pods are all pods that the runtime has a sandbox of, joined with the API;
	// those of other scenarios are left out, so that scenarios can run side by
	// side on one cluster.
	Pods []*Pod `json:"pods,omitzero"`
	// Listeners are the listening TCP sockets of the node's own network namespace.
	Listeners []*Listener `json:"listeners,omitzero"`
	// Sockets are the listening TCP sockets of all of the node's network
	// namespaces that a process lives in.
	Sockets []*Listener `json:"sockets,omitzero"`
	// UnixListeners are the listening unix sockets with a path, of the node's own
	// network namespace.
	UnixListeners []*UnixListener `json:"unixListeners,omitzero"`
	// Processes are all of them, in pods or not, by pid.
	Processes []*Process `json:"processes,omitzero"`
}

// A Pod joins what the API, the runtime and the kernel say about one pod.
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
	// IP is status.podIP, empty until there is one.
	IP *string `json:"ip,omitzero"`
	// Phase is status.phase, empty for a pod that the API does not have.
	Phase *string `json:"phase,omitzero"`
	// Ready is the pod's condition Ready, false while the pod is being deleted.
	Ready *bool `json:"ready,omitzero"`
	// Running is whether every container of the spec runs, in the newest
	// sandbox, as the runtime has it.
	Running *bool `json:"running,omitzero"`
	// Settled is whether the API's status has caught up with the runtime: it
	// names the same newest containers, and the same IP.
	Settled *bool `json:"settled,omitzero"`
	// Deleting is whether metadata.deletionTimestamp is set.
	Deleting *bool `json:"deleting,omitzero"`
	// HostNetwork is spec.hostNetwork.
	HostNetwork *bool `json:"hostNetwork,omitzero"`
	// SharesPID is spec.shareProcessNamespace.
	SharesPID *bool `json:"sharesPID,omitzero"`
	// Sandbox is the newest sandbox that the runtime has of this pod's UID.
	Sandbox *Sandbox `json:"sandbox,omitzero"`
	// Sandboxes are all of them, oldest attempt first.
	Sandboxes []*Sandbox `json:"sandboxes,omitzero"`
	// Containers are the newest attempt of each container, by name.
	Containers map[string]*Container `json:"containers,omitzero"`
	// Processes are those of the sandbox and of all its containers.
	Processes []*Process `json:"processes,omitzero"`
	// Events are the API's events about this pod's UID, oldest first.
	Events []*Event `json:"events,omitzero"`
	// Timeline is what podlab saw happen to the pod's sandboxes and containers
	// since it began to follow the node, oldest first.
	Timeline []*Moment `json:"timeline,omitzero"`
}

// A Sandbox is CRI's pod sandbox.
type Sandbox struct {
	// ID is the sandbox's full ID in the runtime.
	ID string `json:"id"`
	// Attempt counts the sandboxes of one pod from 0 (CRI metadata).
	Attempt int `json:"attempt"`
	// Ready is whether CRI's state is SANDBOX_READY.
	Ready bool `json:"ready"`
	// PID is the node's pid of the sandbox's process, its pause (CRI verbose
	// status); 0 when there is none any more.
	PID int `json:"pid"`
	// Image is the sandbox's image as the runtime names it.
	Image string `json:"image"`
	// CreatedAt is the runtime's, in nanoseconds since 1970 on the node's clock.
	CreatedAt int64 `json:"createdAt"`
	// IP is what the runtime gave the sandbox (CRI), "" with the host's network.
	// It changes at once with the sandbox, the API's only when the kubelet says so.
	IP string `json:"ip"`
	// Process is the process with that pid, missing when there is none.
	Process *Process `json:"process,omitzero"`
	// NetworkNamespacePath is where the runtime pinned the network namespace
	// (the sandbox's runtime spec); empty with the host's network.
	NetworkNamespacePath string `json:"networkNamespacePath"`
	// PinnedNetwork is the inode of the network namespace at that path; 0 when there
	// is none, or none any more.
	PinnedNetwork *int64 `json:"pinnedNetwork,omitzero"`
	// NamespacePaths are the namespaces of the runtime spec by type (network, ipc,
	// uts, pid, mount, cgroup, user): the path of the one that its process joined,
	// "" for a new one. A type that is not there is the node's.
	NamespacePaths map[string]string `json:"namespacePaths,omitzero"`
}

// A Container is a container of a pod, as the runtime and the kernel know it.
type Container struct {
	Name string `json:"name"`
	// ID is the container's full ID in the runtime, without a scheme.
	ID string `json:"id"`
	// SandboxID is the sandbox that it runs in.
	SandboxID string `json:"sandboxId"`
	// Attempt counts from 0 (CRI metadata).
	Attempt int `json:"attempt"`
	// State is Created, Running, Exited or Unknown (CRI).
	State string `json:"state"`
	// Image is the image as the runtime names it.
	Image string `json:"image"`
	// PID is the node's pid of its main process (CRI verbose status), 0 when
	// there is none any more.
	PID int `json:"pid"`
	// ExitCode is what its main process ended with; 0 while it runs.
	ExitCode int `json:"exitCode"`
	// StartedAt and FinishedAt are the runtime's, in nanoseconds since 1970 on
	// the node's clock; 0 when it has not come to that.
	StartedAt  int64 `json:"startedAt"`
	FinishedAt int64 `json:"finishedAt"`
	// NamespacePaths are as a sandbox's.
	NamespacePaths map[string]string `json:"namespacePaths,omitzero"`
	// Restarts is the API's restartCount.
	Restarts *int `json:"restarts,omitzero"`
	// Ready is the API's ready.
	Ready *bool `json:"ready,omitzero"`
	// Main is the process with that pid, missing when there is none.
	Main *Process `json:"main,omitzero"`
	// PID1 is the process that is PID 1 in the container's PID namespace: Main,
	// or the sandbox's process when the pod shares its PID namespace.
	PID1 *Process `json:"pid1,omitzero"`
	// Processes are the container's processes, zombies and processes that
	// entered it through exec included.
	Processes []*Process `json:"processes,omitzero"`
	// Visible are the processes that its PID namespace holds, which is what ps
	// shows inside it.
	Visible []*Process `json:"visible,omitzero"`
	// Zombies are those of Processes that have exited and are not reaped.
	Zombies []*Process `json:"zombies,omitzero"`
	// Listeners are the listening TCP sockets of the container's network
	// namespace, whoever opened them.
	Listeners []*Listener `json:"listeners,omitzero"`
}

// A Process is a process of a node.
type Process struct {
	// PID is its pid in the node's PID namespace.
	PID int `json:"pid"`
	// PIDs are its pids from the node's PID namespace inwards; the last is what
	// the process calls itself (NSpid of /proc/PID/status).
	PIDs []int `json:"pids"`
	// InnerPID is the last of PIDs.
	InnerPID int `json:"innerPid"`
	// PPID is its parent's pid in the node's PID namespace, 0 when the parent is
	// outside.
	PPID int `json:"ppid"`
	// State is the kernel's letter: R, S, D, T, t, Z, X, I.
	State string `json:"state"`
	// UID is the effective user ID as the node sees it.
	UID int `json:"uid"`
	// Name is the kernel's comm: for people to read, never to decide by.
	Name string `json:"name"`
	// Command is the command line, empty for a zombie.
	Command []string `json:"command"`
	// Exe is the path of its executable (/proc/PID/exe), "" inside of pods, for a
	// zombie and for the kernel's own.
	Exe *string `json:"exe,omitzero"`
	// StartTicks is when it started, in clock ticks since the kernel booted
	// (field 22 of /proc/PID/stat): with PID it names a process for good.
	StartTicks int64 `json:"startTicks"`
	// Threads is how many threads it has; a zombie is one.
	Threads int `json:"threads"`
	// Namespaces are missing for a zombie, which has left them all.
	Namespaces *Namespaces `json:"namespaces,omitzero"`
	// Container is the name of the container that it runs in, "" in a sandbox's
	// own process and outside of pods.
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
	// Net is the inode of its network namespace.
	Net int64 `json:"net"`
	// Address is the local IP address (0.0.0.0, ::, 127.0.0.1).
	Address string `json:"address"`
	// Port is the local port.
	Port int `json:"port"`
	// PIDs are the node's pids of the processes that hold the socket open.
	PIDs []int `json:"pids"`
	// Container is the name of the container that those run in, "" when none.
	Container string `json:"container"`
}

// A UnixListener is a listening unix socket.
type UnixListener struct {
	// Path is where it was bound.
	Path string `json:"path"`
	// PIDs are the node's pids of the processes that hold the socket open.
	PIDs []int `json:"pids"`
	// Clients are the node's pids of the processes, of the node's own network
	// namespace, that hold a connection to it.
	Clients []int `json:"clients"`
}

// An Event is an event of the API about a pod.
type Event struct {
	Reason  string `json:"reason"`
	Type    string `json:"type"`
	Message string `json:"message"`
	// Count is how often it happened.
	Count int `json:"count"`
	// LastAt is when it last happened, in nanoseconds since 1970 (the API keeps
	// seconds or microseconds).
	LastAt int64 `json:"lastAt"`
}

// A Moment is something that nodeprobe saw happen.
type Moment struct {
	// At is in nanoseconds since 1970 on the node's clock.
	At int64 `json:"at"`
	// SincePauseDied is At minus the last death of one of the pod's pauses, in
	// milliseconds; missing before there was one.
	SincePauseDied *float64 `json:"sincePauseDiedMs,omitzero"`
	// What is one of: process-exited (pidfd), sandbox-created, sandbox-ready,
	// sandbox-stopped, sandbox-removed, container-created, container-started,
	// container-stopped, container-removed.
	What string `json:"what"`
	// Container is the container's name, "" for a sandbox.
	Container string `json:"container"`
	// ID is the container's or the sandbox's.
	ID string `json:"id"`
	// Source is pidfd or cri.
	Source string `json:"source"`
}

// An ExecResult is what a command in a container gave.
type ExecResult struct {
	// Exit is its exit code.
	Exit   int    `json:"exit"`
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

// A FetchResult is what an HTTP GET gave.
type FetchResult struct {
	// Status is the HTTP status code, 0 when the connection was taken and
	// closed without an answer.
	Status int    `json:"status"`
	Body   string `json:"body"`
}
