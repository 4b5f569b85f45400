package api

// Protocol is the version of the protocol of this file.
const Protocol = 1

// The protocol between podlab and nodeprobe: one JSON object a line, requests
// on nodeprobe's stdin, replies and events on its stdout. Pids are those of
// the node's PID namespace, times are nanoseconds since 1970 on the node's
// clock.

// A Request asks nodeprobe for one thing. Op is snapshot, signal or ping.
type Request struct {
	// ID is repeated in the reply; replies may come in any order.
	ID int64 `json:"id"`
	// Op is what is asked for.
	Op string `json:"op"`
	// KubeNamespaces are those that a snapshot is wanted of: it waits only for
	// what is just starting or ending in these. None is all.
	KubeNamespaces []string `json:"kubeNamespaces,omitempty"`
	// Signal is set with op signal.
	Signal *Signal `json:"signal,omitempty"`
}

// A Signal names a process for good and what to send to it.
type Signal struct {
	PID int `json:"pid"`
	// StartTicks must be the process's start time, else nothing is sent.
	StartTicks int64 `json:"startTicks"`
	// Signal is the number on Linux.
	Signal int `json:"signal"`
}

// A Message is a line from nodeprobe: the hello (ID 0, Hello set), a reply (ID
// set) or an event (Event set).
type Message struct {
	ID    int64  `json:"id,omitempty"`
	Hello *Hello `json:"hello,omitempty"`
	Error string `json:"error,omitempty"`
	// Gone is set with Error when the process to be signalled is no more.
	Gone     bool      `json:"gone,omitempty"`
	Snapshot *Snapshot `json:"snapshot,omitempty"`
	// SentAt is when a signal was sent.
	SentAt int64  `json:"sentAt,omitempty"`
	Event  *Event `json:"event,omitempty"`
}

// Hello is nodeprobe's first line.
type Hello struct {
	// Protocol is the version of this protocol.
	Protocol int `json:"protocol"`
	PID      int `json:"pid"`
	// RuntimeError is why the runtime could not be reached, "" when it was.
	RuntimeError string `json:"runtimeError,omitempty"`
}

// A Snapshot is one consistent picture of a node.
type Snapshot struct {
	TakenAt int64 `json:"takenAt"`
	// CgroupVersion is 1 or 2.
	CgroupVersion int `json:"cgroupVersion"`
	// Sandboxes and Containers are missing (nil) when RuntimeError is set.
	Sandboxes    []Sandbox   `json:"sandboxes"`
	Containers   []Container `json:"containers"`
	RuntimeError string      `json:"runtimeError,omitempty"`
	Processes    []Process   `json:"processes"`
	// Listeners are the listening TCP sockets of every network namespace that a
	// process lives in.
	Listeners []Listener `json:"listeners"`
	// UnixListeners are the listening unix sockets with a path, of nodeprobe's own
	// network namespace, which is the node's; missing (nil) when the kernel does not
	// tell.
	UnixListeners []UnixListener `json:"unixListeners"`
	// Host are the namespaces of the node's PID 1; all 0 when they may not be
	// read, of which Problems tells.
	Host Namespaces `json:"host"`
	// Problems are what may not be read although its process lives (its
	// Namespaces are missing), where runtime and kernel contradict each other
	// for longer than a snapshot waits, and that the runtime's events are not
	// heard; each as one sentence.
	Problems []string `json:"problems,omitempty"`
}

// A Sandbox is CRI's pod sandbox.
type Sandbox struct {
	ID            string `json:"id"`
	PodName       string `json:"podName"`
	PodUID        string `json:"podUid"`
	KubeNamespace string `json:"kubeNamespace"`
	Attempt       int    `json:"attempt"`
	Ready         bool   `json:"ready"`
	PID           int    `json:"pid"`
	Image         string `json:"image"`
	CreatedAt     int64  `json:"createdAt"`
	// IP is what the runtime gave it (CRI status, network.ip), "" with the host's network.
	IP string `json:"ip"`
	// NetworkNamespacePath is the path in the runtime spec, "" with the host's network.
	NetworkNamespacePath string `json:"networkNamespacePath"`
	// PinnedNetwork is the inode of the network namespace at that path, 0 when there
	// is none; missing when it can't be told.
	PinnedNetwork *int64 `json:"pinnedNetwork,omitempty"`
	// NamespacePaths are those of the runtime spec by type, "" for a new one.
	NamespacePaths map[string]string `json:"namespacePaths"`
}

// A Container is CRI's container.
type Container struct {
	ID        string `json:"id"`
	SandboxID string `json:"sandboxId"`
	Name      string `json:"name"`
	Attempt   int    `json:"attempt"`
	// State is Created, Running, Exited or Unknown.
	State      string `json:"state"`
	PID        int    `json:"pid"`
	ExitCode   int    `json:"exitCode"`
	Image      string `json:"image"`
	CreatedAt  int64  `json:"createdAt"`
	StartedAt  int64  `json:"startedAt"`
	FinishedAt int64  `json:"finishedAt"`
	// NamespacePaths are those of the runtime spec by type, "" for a new one.
	NamespacePaths map[string]string `json:"namespacePaths"`
}

// A Process is a process of the node, as /proc has it.
type Process struct {
	PID int `json:"pid"`
	// PIDs are its pids from the node's PID namespace inwards.
	PIDs    []int    `json:"pids"`
	PPID    int      `json:"ppid"`
	State   string   `json:"state"`
	UID     int      `json:"uid"`
	Name    string   `json:"name"`
	Command []string `json:"command"`
	// Exe is its executable's path, only of those without an owner; missing when it
	// may not be read.
	Exe        *string `json:"exe,omitempty"`
	StartTicks int64   `json:"startTicks"`
	Threads    int     `json:"threads"`
	// Namespaces are nil for a zombie, which has left them.
	Namespaces *Namespaces `json:"namespaces,omitempty"`
	// Owner is the ID of the sandbox or container that it belongs to, from its
	// cgroup (for a zombie on cgroup v1, which has left its own: its parent's),
	// "" when none, and for all when RuntimeError is set.
	Owner string `json:"owner,omitempty"`
}

// Namespaces are inodes.
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
	Net     int64  `json:"net"`
	Address string `json:"address"`
	Port    int    `json:"port"`
	// PIDs hold it open.
	PIDs []int `json:"pids"`
}

// A UnixListener is a listening unix socket.
type UnixListener struct {
	Path string `json:"path"`
	// PIDs hold it open, Clients the other ends of its connections.
	PIDs    []int `json:"pids"`
	Clients []int `json:"clients"`
}

// An Event is something that happened on the node.
type Event struct {
	At int64 `json:"at"`
	// What is one of world.Moment's; or runtime-lost and runtime-back, with no
	// ID, between which the runtime's events were not heard.
	What string `json:"what"`
	// ID is the sandbox's or container's.
	ID string `json:"id"`
	// SandboxID, ContainerName, PodUID and PodName say whose it is; ContainerName
	// is "" for a sandbox.
	SandboxID     string `json:"sandboxId"`
	ContainerName string `json:"containerName,omitempty"`
	PodUID        string `json:"podUid"`
	PodName       string `json:"podName"`
	KubeNamespace string `json:"kubeNamespace"`
	// PID is set with process-exited.
	PID int `json:"pid,omitempty"`
	// Source is pidfd or cri.
	Source string `json:"source"`
}
