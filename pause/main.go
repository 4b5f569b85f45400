//go:build linux

package main

import (
	"os"

	"podlab/pause/internal/hold"
)

// version is set by the linker.
var version = "devel"

func main() {
	os.Exit(hold.Pause{Name: "pause", Version: version, Reaps: true}.Run(os.Args[1:]))
}
