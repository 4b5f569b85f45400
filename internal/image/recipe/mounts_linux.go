package recipe

import (
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// withOwnMounts gives a command of [graph.Job.Command] a mount namespace of its
// own, if this process is root. The command's mounts then end with the command,
// however it ends, and nothing outside can delete files through them.
func withOwnMounts(cmd *exec.Cmd) {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Unshareflags |= unix.CLONE_NEWNS
	}
}
