package api

// Protocol is the version of this protocol.
const Protocol = 1

// A Request asks nodeprobe for one thing.
type Request struct {
	// ID is repeated in the reply. Replies may come in any order.
	ID int64 `json:"id"`
	// Op is "snapshot" or "signal".
	Op string `json:"op"`
	// KubeNamespaces limits what a snapshot waits for: only sandboxes and
	// containers of these kube namespaces that are just starting or stopping.
	// Empty means all kube namespaces. The snapshot always covers the whole node.
	KubeNamespaces []string `json:"kubeNamespaces,omitempty"`
	// Signal is set for op "signal".
	Signal *Signal `json:"signal,omitempty"`
}

// A Signal says which process gets which signal.
type Signal struct {
	PID int `json:"pid"`
	// StartTicks is the process's start time, as in Process. If the process with
	// that pid started at another time, nodeprobe sends nothing.
	StartTicks int64 `json:"startTicks"`
	// Signal is the signal's number on Linux.
	Signal int `json:"signal"`
}

// A Message is one line from nodeprobe: a hello (Hello is set), an event
// (Event is set) or a reply (ID is set). An Error without an ID answers a
// request that nodeprobe could not parse.
type Message struct {
	ID    int64  `json:"id,omitempty"`
	Hello *Hello `json:"hello,omitempty"`
	Error string `json:"error,omitempty"`
	// Gone is set together with Error if the process to signal no longer exists.
	Gone     bool      `json:"gone,omitempty"`
	Snapshot *Snapshot `json:"snapshot,omitempty"`
	// SentAt is when nodeprobe sent the signal.
	SentAt int64  `json:"sentAt,omitempty"`
	Event  *Event `json:"event,omitempty"`
}

// A Hello is nodeprobe's first message.
type Hello struct {
	// Protocol is nodeprobe's version of this protocol.
	Protocol int `json:"protocol"`
	// PID is nodeprobe's own.
	PID int `json:"pid"`
	// RuntimeError says why the container runtime did not answer, "" if it did.
	RuntimeError string `json:"runtimeError,omitempty"`
}

// A Snapshot is one consistent picture of a node.
type Snapshot struct {
	// TakenAt is when the last part was read.
	TakenAt int64 `json:"takenAt"`
	// CgroupVersion is 1 or 2.
	CgroupVersion int `json:"cgroupVersion"`
	// Sandboxes and Containers come from CRI. Both are missing (nil) if
	// RuntimeError is set.
	Sandboxes    []Sandbox   `json:"sandboxes"`
	Containers   []Container `json:"containers"`
	RuntimeError string      `json:"runtimeError,omitempty"`
	// Processes are all processes of the node, by pid.
	Processes []Process `json:"processes"`
	// Listeners are the listening TCP sockets of every network namespace that has
	// a process.
	Listeners []Listener `json:"listeners"`
	// UnixListeners are the listening unix sockets with a path in nodeprobe's own
	// network namespace, which is the node's. They are missing (nil) if the kernel
	// could not list them; Problems then says why.
	UnixListeners []UnixListener `json:"unixListeners"`
	// Host are the namespaces of the node's PID 1. All are 0 if nodeprobe can't
	// read them; Problems then says why.
	Host Namespaces `json:"host"`
	// Problems are sentences about missing or doubtful facts: namespaces of a
	// living process or unix sockets that nodeprobe could not read, disagreements
	// between the runtime and the kernel that did not settle, and a lost stream of
	// runtime events.
	Problems []string `json:"problems,omitempty"`
}

// A Sandbox is a pod sandbox, as CRI reports it.
type Sandbox struct {
	ID            string `json:"id"`
	PodName       string `json:"podName"`
	PodUID        string `json:"podUid"`
	KubeNamespace string `json:"kubeNamespace"`
	Attempt       int    `json:"attempt"`
	Ready         bool   `json:"ready"`
	// PID is the sandbox's pause process, 0 if it has none.
	PID       int    `json:"pid"`
	Image     string `json:"image"`
	CreatedAt int64  `json:"createdAt"`
	// IP is the one that the runtime assigned (network.ip in the CRI status), "" if
	// the sandbox uses the host's network.
	IP string `json:"ip"`
	// NetworkNamespacePath is the path in the runtime spec, "" if the sandbox uses
	// the host's network.
	NetworkNamespacePath string `json:"networkNamespacePath"`
	// PinnedNetwork is the inode of the network namespace that is mounted at
	// NetworkNamespacePath, 0 if none is. It is missing (nil) if nodeprobe could
	// not find out.
	PinnedNetwork *int64 `json:"pinnedNetwork,omitempty"`
	// NamespacePaths maps the namespace types in the runtime spec to their paths,
	// "" for a new namespace.
	NamespacePaths map[string]string `json:"namespacePaths"`
}

// A Container is a container, as CRI reports it.
type Container struct {
	ID        string `json:"id"`
	SandboxID string `json:"sandboxId"`
	Name      string `json:"name"`
	Attempt   int    `json:"attempt"`
	// State is Created, Running, Exited or Unknown.
	State string `json:"state"`
	// PID is the container's main process, 0 if it has none.
	PID        int    `json:"pid"`
	ExitCode   int    `json:"exitCode"`
	Image      string `json:"image"`
	CreatedAt  int64  `json:"createdAt"`
	StartedAt  int64  `json:"startedAt"`
	FinishedAt int64  `json:"finishedAt"`
	// NamespacePaths maps the namespace types in the runtime spec to their paths,
	// "" for a new namespace.
	NamespacePaths map[string]string `json:"namespacePaths"`
}

// A Process is a process of the node, as /proc shows it.
type Process struct {
	PID int `json:"pid"`
	// PIDs are the process's pids in its nested PID namespaces, the node's first.
	PIDs []int `json:"pids"`
	PPID int   `json:"ppid"`
	// State is the letter in /proc/PID/stat.
	State string `json:"state"`
	// UID is the effective one.
	UID     int      `json:"uid"`
	Name    string   `json:"name"`
	Command []string `json:"command"`
	// Exe is the path of the executable, "" for kernel threads and zombies. It is
	// missing (nil) for processes with an owner and if nodeprobe can't read it.
	Exe *string `json:"exe,omitempty"`
	// StartTicks is the start time in clock ticks since the kernel booted.
	StartTicks int64 `json:"startTicks"`
	Threads    int   `json:"threads"`
	// Namespaces are missing (nil) for a zombie, which has left them, and if
	// nodeprobe can't read them; Problems of the snapshot then says why.
	Namespaces *Namespaces `json:"namespaces,omitempty"`
	// Owner is the ID of the process's sandbox or container, from its cgroup. A
	// zombie on cgroup v1 has left its cgroup and gets its parent's owner. Owner
	// is "" for other processes, and for all if the snapshot has a RuntimeError.
	Owner string `json:"owner,omitempty"`
}

// Namespaces are the inodes of a process's namespaces, 0 if the kernel does not
// have that type.
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
	Net     int64  `json:"net"`
	Address string `json:"address"`
	Port    int    `json:"port"`
	// PIDs are the processes that have the socket open.
	PIDs []int `json:"pids"`
}

// A UnixListener is a listening unix socket.
type UnixListener struct {
	Path string `json:"path"`
	// PIDs are the processes that have the socket open.
	PIDs []int `json:"pids"`
	// Clients are the processes at the other ends of the socket's connections.
	Clients []int `json:"clients"`
}

// An Event is something that happened on the node.
type Event struct {
	At int64 `json:"at"`
	// What is process-exited; sandbox-created, -ready, -stopped or -removed;
	// container-created, -started, -stopped or -removed; or runtime-lost or
	// runtime-back. Between the last two nodeprobe receives no events from the
	// runtime; they have no ID.
	What string `json:"what"`
	// ID is the sandbox's or container's ID.
	ID string `json:"id"`
	// SandboxID is ID itself for a sandbox.
	SandboxID string `json:"sandboxId"`
	// ContainerName is "" for a sandbox.
	ContainerName string `json:"containerName,omitempty"`
	PodUID        string `json:"podUid"`
	PodName       string `json:"podName"`
	KubeNamespace string `json:"kubeNamespace"`
	// PID is set for process-exited.
	PID int `json:"pid,omitempty"`
	// Source is where the event comes from: pidfd or cri.
	Source string `json:"source"`
}
