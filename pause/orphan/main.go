//go:build linux

// Command orphan makes true orphans: it forks, the child forks as well and ends,
// and the grandchildren see whose children they have become.
//
// Each line on stdout is one thing that happened to one process, with the pids
// as its PID namespace has them:
//
//	first       pid=7 ppid=1 begins
//	middle      pid=12 ppid=7 begins
//	grandchild  pid=16 ppid=12 begins
//	middle      pid=12 ppid=7 ends
//	grandchild  pid=16 ppid=1 orphaned
//	grandchild  pid=16 ppid=1 ends
//	first       pid=7 ppid=1 ends
//
// Go programs can't fork without exec: each generation is this program, started
// again. The first waits until all are dead, but it can reap only its child:
// who reaps the others is what there is to be seen.
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

// generation is the environment variable that tells a process which it is.
const generation = "PODLAB_ORPHAN"

// Descriptors that children inherit.
const (
	alive  = 3 + iota // a pipe's end that nobody writes to: closed by their death
	parent            // the middle's pidfd
	ready             // a pipe's end that grandchildren close when they have begun
)

type options struct {
	count int
	live  time.Duration
}

func main() {
	var o options
	flag.IntVar(&o.count, "n", 1, "how many orphans")
	flag.DurationVar(&o.live, "live", 0, "how long they live as orphans")
	flag.Parse()
	if flag.NArg() > 0 || o.count < 1 || o.live < 0 {
		fmt.Fprintln(os.Stderr, "orphan: takes -n, of 1 or more, and -live, of 0s or more, and nothing else")
		os.Exit(2)
	}
	me := os.Getenv(generation)
	live, ok := map[string]func(options) error{"": first, "middle": middle, "grandchild": grandchild}[me]
	if me == "" {
		me = "first"
	}
	if !ok {
		fmt.Fprintf(os.Stderr, "orphan: %s=%q is none of its generations\n", generation, me)
		os.Exit(2)
	}
	tell(me, "begins")
	if err := live(o); err != nil {
		fmt.Fprintf(os.Stderr, "orphan: %s: %v\n", me, err)
		os.Exit(1)
	}
	tell(me, "ends")
}

// tell prints a line in one write, so that lines of several processes stay whole.
func tell(me, what string) {
	fmt.Printf("%-10s  pid=%d ppid=%d %s\n", me, os.Getpid(), os.Getppid(), what)
}

func first(options) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	child, err := again("middle", w)
	if err != nil {
		return err
	}
	_ = w.Close()
	if err := child.Wait(); err != nil {
		return fmt.Errorf("wait for the middle: %w", err)
	}
	return drained(r)
}

// middle starts the grandchildren, and leaves them when all have begun.
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
		if _, err := again("grandchild", os.NewFile(alive, "alive"), os.NewFile(uintptr(fd), "pidfd"), w); err != nil {
			return err
		}
	}
	_ = w.Close()
	return drained(r)
}

func grandchild(o options) error {
	_ = os.NewFile(ready, "ready").Close()
	// A pidfd can be read when its process is dead, and has no children any more.
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: parent, Events: unix.POLLIN}}, -1)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("poll", err)
		}
	}
	tell("grandchild", "orphaned")
	<-time.After(o.live)
	return nil
}

// again starts this program with the same arguments as the next generation.
func again(who string, inherit ...*os.File) (*exec.Cmd, error) {
	self, err := os.Executable() // its name is what ps shows
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), generation+"="+who)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = os.Stdout, os.Stderr, inherit
	return cmd, cmd.Start()
}

// drained returns when all other ends of a pipe are closed.
func drained(r *os.File) error {
	_, err := io.Copy(io.Discard, r)
	return err
}
