// Command pack creates the files that internal/assets embeds. The Makefile runs
// it in the root of the repository. It writes only files that have changed, so
// that Go's build cache stays valid for podlab.
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

// run creates every asset it can, and returns the errors of all others.
func run(ctx context.Context) error {
	err := errors.Join(packExecutable(ctx, "cmd/podlab-oci", runtime.GOARCH), packImages())
	for _, arch := range []string{"amd64", "arm64"} {
		for _, dir := range []string{"cmd/nodeprobe", "pause", "pause/noreap", "pause/orphan", "pause/waitstat"} {
			err = errors.Join(err, packExecutable(ctx, dir, arch))
		}
	}
	return err
}
