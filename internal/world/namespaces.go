package world

// Kinds are the kinds of Linux namespaces, in the order of /proc/PID/ns.
var Kinds = []string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}

// Inode returns the inode of the namespace of that kind. ok is false for an
// unknown kind.
func (n *Namespaces) Inode(kind string) (inode int64, ok bool) {
	switch kind {
	case "cgroup":
		return n.Cgroup, true
	case "ipc":
		return n.IPC, true
	case "mnt":
		return n.Mnt, true
	case "net":
		return n.Net, true
	case "pid":
		return n.PID, true
	case "time":
		return n.Time, true
	case "user":
		return n.User, true
	case "uts":
		return n.UTS, true
	}
	return 0, false
}
