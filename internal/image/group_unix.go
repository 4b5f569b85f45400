//go:build unix

package image

import (
	"os/exec"
	"syscall"
)

// inGroup makes a process group of a command and what it starts, so that all
// of it ends together, and not by a Ctrl-C that was meant for podlab.
func inGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}

// endGroup kills what is left of a command's group after the command itself.
func endGroup(cmd *exec.Cmd) {
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // most often nobody is left
	}
}
