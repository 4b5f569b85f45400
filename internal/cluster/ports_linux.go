package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// listeningProcess returns the process that listens on the port, or "" if it is
// unknown: only root can read the files of other users' processes.
func listeningProcess(port hostPort) string {
	inodes := map[string]bool{}
	for _, file := range []string{"/proc/net/" + port.protocol, "/proc/net/" + port.protocol + "6"} {
		if table, err := os.ReadFile(file); err == nil {
			for _, inode := range boundSockets(string(table), port.port) {
				inodes[inode] = true
			}
		}
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil || len(inodes) == 0 {
		return ""
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil {
			continue
		}
		if inode, ok := strings.CutPrefix(target, "socket:["); !ok || !inodes[strings.TrimSuffix(inode, "]")] {
			continue
		}
		pid := strings.Split(link, "/")[2]
		name, err := os.ReadFile(filepath.Join("/proc", pid, "comm"))
		if err != nil {
			continue
		}
		return fmt.Sprintf("process %s (%s)", pid, strings.TrimSpace(string(name)))
	}
	return ""
}

// boundSockets returns the inodes of the sockets in a /proc/net table with this
// local port and without a peer.
func boundSockets(table string, port uint16) []string {
	var inodes []string
	for line := range strings.SplitSeq(table, "\n") {
		// sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode
		fields := strings.Fields(line)
		if len(fields) < 10 || !strings.HasSuffix(fields[2], ":0000") {
			continue
		}
		_, hex, _ := strings.Cut(fields[1], ":")
		if local, err := strconv.ParseUint(hex, 16, 16); err == nil && local == uint64(port) {
			inodes = append(inodes, fields[9])
		}
	}
	return inodes
}
