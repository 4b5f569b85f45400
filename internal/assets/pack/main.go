// Command pack makes what internal/assets embeds. It is run by the Makefile
// in the repository's root, and writes only what has changed, so that Go's
// build cache goes on holding podlab.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

// run makes every asset that can be made, and reports all that can't.
func run(ctx context.Context) error {
	return errors.Join(
		packExecutable(ctx, "nodeprobe", "amd64"),
		packExecutable(ctx, "nodeprobe", "arm64"),
		packExecutable(ctx, "podlab-oci", runtime.GOARCH),
		packTrees("images", "pause"),
	)
}
