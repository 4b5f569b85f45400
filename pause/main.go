//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// version is set by the linker.
var version = "devel"

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-v" {
		fmt.Println("pause", version)
		return
	}
	if os.Getpid() == 1 {
		// The kernel keeps from a PID 1 what it has no handler for. Go's runtime has
		// handlers for everything, and ends the program for SIGHUP and others.
		signal.Ignore()
	} else {
		fmt.Fprintln(os.Stderr, "Warning: pause should be the first process")
	}
	// Two channels: dying children must never fill the one that ends it.
	end := make(chan os.Signal, 1)
	signal.Notify(end, unix.SIGINT, unix.SIGTERM)
	children := make(chan os.Signal, 1)
	signal.Notify(children, unix.SIGCHLD)

	fmt.Fprintf(os.Stderr, "Shutting down, got signal: %s\n", pause(end, children))
}

// pause reaps dead children until a signal comes that ends it, and returns it.
//
// Stopped children send SIGCHLD too, because Go's handlers lack SA_NOCLDSTOP;
// reap asks for dead ones only, so they are woken for and left alone.
func pause(end, children <-chan os.Signal) os.Signal {
	// Children that died before there was a handler have sent their signal.
	reap()
	for {
		select {
		case <-children:
			reap()
		case s := <-end:
			return s
		}
	}
}

// reap collects every child that has already exited.
//
// Pending SIGCHLDs merge into one, so a single signal may stand for several
// dead children; reap therefore keeps calling [unix.Wait4] until none is left.
// Having no children is not an error.
func reap() {
	for {
		pid, err := unix.Wait4(-1, nil, unix.WNOHANG, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || pid == 0 {
			return
		}
	}
}
