//go:build linux

// Nodeprobe observes the node that it runs in for podlab: see internal/nodeprobe/api
// for what it is asked on stdin and answers on stdout.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/cri"
	"podlab/internal/nodeprobe/server"
)

// The first thread is what others see of nodeprobe's namespaces; it stays
// with main, so that it never enters a pod's.
func init() { runtime.LockOSThread() }

func main() {
	// A guest in the node: memory is dearer than the time to collect it.
	debug.SetGCPercent(50)
	socket := flag.String("runtime", cri.DefaultSocket, "where the container runtime serves CRI")
	flag.Parse()
	if flag.Arg(0) == "version" {
		_, _ = fmt.Fprintf(os.Stdout, "nodeprobe, protocol %d\n", api.Protocol)
		return
	}
	if err := server.Run(context.Background(), os.Stdin, os.Stdout, *socket); err != nil {
		fmt.Fprintln(os.Stderr, "nodeprobe:", err)
		os.Exit(1)
	}
}
