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
	err := errors.Join(packExecutable(ctx, "cmd/podlab-oci", runtime.GOARCH), packTrees("images"))
	for _, arch := range []string{"amd64", "arm64"} {
		for _, dir := range []string{"cmd/nodeprobe", "pause", "pause/noreap", "pause/orphan", "pause/waitstat"} {
			err = errors.Join(err, packExecutable(ctx, dir, arch))
		}
	}
	return err
}
