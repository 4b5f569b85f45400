package image

import (
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// withOwnMounts gives a command, where that is allowed, a mount namespace of
// its own: whatever it mounts below its directories is gone with it, however
// it ends, and can't be reached by who removes them.
func withOwnMounts(cmd *exec.Cmd) {
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Unshareflags |= unix.CLONE_NEWNS
	}
}
