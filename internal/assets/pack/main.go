// Command pack makes what internal/assets embeds. It is run by the Makefile
// in the repository's root, and writes only what has changed, so that Go's
// build cache goes on holding podlab.
package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// run makes every asset that can be made, and reports all that can't.
func run() error {
	return errors.Join(
		packExecutable("nodeprobe", "amd64"),
		packExecutable("nodeprobe", "arm64"),
		packExecutable("podlab-oci", runtime.GOARCH),
		packTrees("images", "pause"),
	)
}
