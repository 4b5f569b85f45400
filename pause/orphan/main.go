//go:build linux

// Command orphan creates real orphans: it starts a child, the child starts
// grandchildren and ends, and the grandchildren report their new parent.
//
// Each line on stdout is one event of one process, with PIDs as seen in orphan's
// PID namespace:
//
//	first       pid=7 ppid=1 begins
//	middle      pid=12 ppid=7 begins
//	grandchild  pid=16 ppid=12 begins
//	middle      pid=12 ppid=7 ends
//	grandchild  pid=16 ppid=1 orphaned
//	grandchild  pid=16 ppid=1 ends
//	first       pid=7 ppid=1 ends
//
// Go programs can't fork without exec, so each generation is this program, started
// again. The first process waits until all others are dead, but it can reap only its
// own child. Learners watch which process reaps the grandchildren.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// generation is the environment variable that tells a process its generation.
const generation = "PODLAB_ORPHAN"

// Descriptors that children inherit.
const (
	alive  = 3 + iota // a pipe's write end: closes when the last process dies
	parent            // the pidfd of the middle process
	ready             // a pipe's write end: grandchildren close it when they have started
)

type options struct {
	count int
	live  time.Duration
}

func main() {
	var o options
	flag.IntVar(&o.count, "n", 1, "number of orphans")
	flag.DurationVar(&o.live, "live", 0, "how long the orphans live")
	flag.Parse()
	if flag.NArg() > 0 || o.count < 1 || o.live < 0 {
		fmt.Fprintln(os.Stderr, "orphan: usage: orphan [-n NUMBER, at least 1] [-live DURATION, at least 0s]")
		os.Exit(2)
	}
	me := os.Getenv(generation)
	live, ok := map[string]func(options) error{"": first, "middle": middle, "grandchild": grandchild}[me]
	if me == "" {
		me = "first"
	}
	if !ok {
		fmt.Fprintf(os.Stderr, "orphan: %s=%q: unknown generation\n", generation, me)
		os.Exit(2)
	}
	report(me, "begins")
	if err := live(o); err != nil {
		fmt.Fprintf(os.Stderr, "orphan: %s: %v\n", me, err)
		os.Exit(1)
	}
	report(me, "ends")
}

// report prints a line in a single write, so that lines of several processes don't mix.
func report(me, event string) {
	fmt.Printf("%-10s  pid=%d ppid=%d %s\n", me, os.Getpid(), os.Getppid(), event)
}

func first(options) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	child, err := startNext("middle", w)
	if err != nil {
		return err
	}
	_ = w.Close()
	if err := child.Wait(); err != nil {
		return fmt.Errorf("wait for the middle process: %w", err)
	}
	return awaitClose(r)
}

// middle starts the grandchildren, and returns when all of them have started.
func middle(o options) error {
	fd, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return os.NewSyscallError("pidfd_open", err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	for range o.count {
		if _, err := startNext("grandchild", os.NewFile(alive, "alive"), os.NewFile(uintptr(fd), "pidfd"), w); err != nil {
			return err
		}
	}
	_ = w.Close()
	return awaitClose(r)
}

func grandchild(o options) error {
	_ = os.NewFile(ready, "ready").Close()
	// A pidfd becomes readable when its process is dead. The kernel has given the
	// process's children a new parent by then.
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: parent, Events: unix.POLLIN}}, -1)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
	}
	report("grandchild", "orphaned")
	<-time.After(o.live)
	return nil
}

// startNext starts this program again, with the same arguments, as the next generation.
func startNext(name string, inherit ...*os.File) (*exec.Cmd, error) {
	self, err := os.Executable() // so that ps shows the program's name
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), generation+"="+name)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, inherit
	return cmd, cmd.Start()
}

// awaitClose returns when all write ends of a pipe are closed.
func awaitClose(r *os.File) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
