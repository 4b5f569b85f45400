//go:build unix && !linux

package image

import "os/exec"

// withOwnMounts does nothing where nothing is mounted.
func withOwnMounts(*exec.Cmd) {}
