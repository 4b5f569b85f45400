//go:build unix && !linux

package recipe

import "os/exec"

// withOwnMounts does nothing: no step runs on this system.
func withOwnMounts(*exec.Cmd) {}
