// Command pack makes the files that internal/assets embeds. The Makefile in the
// repository's root runs it. It writes only files that have changed, so that Go's
// build cache stays valid.
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

// run makes every asset. If some fail, it makes the others and returns all errors.
func run(ctx context.Context) error {
	err := errors.Join(packExecutable(ctx, "cmd/podlab-oci", runtime.GOARCH), packTrees("images"))
	for _, arch := range []string{"amd64", "arm64"} {
		for _, dir := range []string{"cmd/nodeprobe", "pause", "pause/noreap", "pause/orphan", "pause/waitstat"} {
			err = errors.Join(err, packExecutable(ctx, dir, arch))
		}
	}
	return err
}
