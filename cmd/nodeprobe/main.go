//go:build linux

// Nodeprobe observes the node that it runs in. podlab talks to it over stdin and
// stdout; package internal/nodeprobe/api defines the protocol.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"podlab/internal/nodeprobe/cri"
	"podlab/internal/nodeprobe/server"
)

// The kernel shows the first thread's namespaces as nodeprobe's. Main keeps that
// thread, so that no other goroutine enters a pod's namespaces on it.
func init() { runtime.LockOSThread() }

func main() {
	// nodeprobe is a guest in the node: it saves memory rather than CPU time.
	debug.SetGCPercent(50)
	socket := flag.String("runtime", cri.DefaultSocket, "the container runtime's CRI `socket`")
	flag.Parse()
	if err := server.Run(context.Background(), os.Stdin, os.Stdout, *socket); err != nil {
		fmt.Fprintln(os.Stderr, "nodeprobe:", err)
		os.Exit(1)
	}
}
