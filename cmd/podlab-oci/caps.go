//go:build linux

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"
)

// capabilities holds the names by number, as in include/uapi/linux/capability.h. Linux
// 5.9 added the last one.
var capabilities = [...]string{
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
	"CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
	"CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
	"CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
	"CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
	"CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
	"CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
	"CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
}

// bounding returns the capabilities that this process, and any program that it
// executes, can have, one bit each. Source: CapBnd in /proc/self/status.
func bounding() (uint64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	return parseBounding(status)
}

func parseBounding(status []byte) (uint64, error) {
	_, after, ok := bytes.Cut(status, []byte("\nCapBnd:\t"))
	if !ok {
		return 0, errors.New("podlab-oci: no CapBnd in /proc/self/status")
	}
	line, _, _ := bytes.Cut(after, []byte("\n"))
	return strconv.ParseUint(string(line), 16, 64)
}

// has reports whether a capability is in set. It returns true for a capability that
// podlab-oci does not know, and leaves the decision to runc.
func has(set uint64, name string) bool {
	for bit, c := range &capabilities {
		if c == name {
			return set&(1<<bit) != 0
		}
	}
	return true
}

// printBounding prints the bounding set in hexadecimal. In a privileged container,
// that is the most that the engine can grant.
func printBounding(w io.Writer) error {
	set, err := bounding()
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, "podlab-oci CapBnd "+strconv.FormatUint(set, 16)+"\n")
	return err
}
