package hold

import (
	"errors"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
)

// A Pause is a program that holds namespaces open until a signal ends it.
type Pause struct {
	Name, Version string
	// Reaps says whether the pause handles SIGCHLD and reaps dead children.
	Reaps bool
}

// Exit statuses.
const (
	done     = 0
	noINT    = 1 // setting the SIGINT handler failed
	noTERM   = 2 // setting the SIGTERM handler failed
	noCHLD   = 3 // setting the SIGCHLD handler failed
	badUsage = 2
	loopLeft = 42 // the loop ended, as in pause.c
)

var names = map[os.Signal]string{unix.SIGINT: "Interrupt", unix.SIGTERM: "Terminated"}

// Run runs the program and returns its exit status.
//
// Like pause.c, Run accepts -v and -V at any position and ignores arguments that
// are not flags. Unlike pause.c, Run rejects unknown flags.
func (p Pause) Run(args []string) int {
	for _, arg := range args {
		if strings.EqualFold(arg, "-v") {
			_, _ = os.Stdout.WriteString(p.Name + " " + p.Version + "\n")
			return done
		}
	}
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			printError(p.Name + ": unknown flag " + arg + "; the only flag is -v, which prints the version")
			return badUsage
		}
	}
	if os.Getpid() != 1 {
		printError("Warning: " + p.Name + " should be the first process")
	}

	// A flood of SIGCHLDs must not fill the channel for SIGINT and SIGTERM.
	end, children := make(chan os.Signal, 1), make(chan os.Signal, 1)
	if err := handle(unix.SIGINT, 0, end); err != nil {
		return p.fail(err, noINT)
	}
	if err := handle(unix.SIGTERM, 0, end); err != nil {
		return p.fail(err, noTERM)
	}
	own := []unix.Signal{unix.SIGINT, unix.SIGTERM}
	if p.Reaps {
		own = append(own, unix.SIGCHLD)
		if err := handle(unix.SIGCHLD, noCldStop, children); err != nil {
			return p.fail(err, noCHLD)
		}
		// The SIGCHLDs of children that died before the handler existed are lost.
		reap()
	}
	restoreDefaults(own)
	return wait(end, children)
}

// handle sends signal s to a channel, and adds flags to its handler.
//
// [signal.Notify] alone is not enough: it can't set flags, and does not report
// whether the kernel accepted the handler. handle therefore sets the handler of
// Go's runtime a second time, with the flags. The runtime handles the signal even
// if the parent ignored it, and unblocks it in one of its own threads.
func handle(s unix.Signal, flags uint64, to chan<- os.Signal) error {
	signal.Notify(to, s)
	a, err := action(s)
	if err != nil {
		return err
	}
	a.flags |= flags
	return setAction(s, a)
}

// wait reaps children until SIGINT or SIGTERM arrives, and returns the exit status.
func wait(end, children <-chan os.Signal) int {
	for {
		select {
		case <-children:
			reap()
		case s, ok := <-end:
			if !ok {
				printError("Error: infinite loop terminated")
				return loopLeft
			}
			printError("Shutting down, got signal: " + names[s])
			return done
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

// fail prints err and returns status.
func (p Pause) fail(err error, status int) int {
	printError(p.Name + ": " + err.Error())
	return status
}

// printError prints a line on stderr. It ignores errors, so that a pause without
// a stderr keeps running.
func printError(line string) {
	_, _ = os.Stderr.WriteString(line + "\n")
}
