//go:build linux

// Command noreap is pause without a SIGCHLD handler. Learners find this fault.
package main

import (
	"os"

	"podlab/pause/internal/hold"
)

// version is set by the linker.
var version = "devel"

func main() {
	os.Exit(hold.Pause{Name: "noreap", Version: version}.Run(os.Args[1:]))
}
