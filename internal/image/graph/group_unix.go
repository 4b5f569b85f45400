//go:build unix

package graph

import (
	"os/exec"
	"syscall"
)

// useGroup starts cmd in a process group of its own. The terminal's Ctrl-C
// does not reach the group; cancellation ends the whole group.
func useGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// killGroup kills the processes that the command left behind.
func killGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // most often none is left
	}
}
