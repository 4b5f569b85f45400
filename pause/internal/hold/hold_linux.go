package hold

import (
	"errors"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
)

// A Pause is a program that holds namespaces open until it is told to end.
type Pause struct {
	Name, Version string
	// Reaps says whether it takes notice of dead children.
	Reaps bool
}

// What a pause ends with.
const (
	done     = 0
	noINT    = 1 // SIGINT can't be handled
	noTERM   = 2
	noCHLD   = 3
	badUsage = 2
	fellOut  = 42
)

var names = map[os.Signal]string{unix.SIGINT: "Interrupt", unix.SIGTERM: "Terminated"}

// Run is the program; it returns the status to exit with.
//
// Like pause.c it takes -v in upper and in lower case, anywhere, and doesn't
// mind words that are no flags. Flags that pause.c would pass over are refused.
func (p Pause) Run(args []string) int {
	for _, arg := range args {
		if strings.EqualFold(arg, "-v") {
			_, _ = os.Stdout.WriteString(p.Name + " " + p.Version + "\n")
			return done
		}
	}
	for _, arg := range args {
		if strings.HasPrefix(arg, "-") {
			say(p.Name + ": unknown flag " + arg + "; there is only -v, which prints the version")
			return badUsage
		}
	}
	if os.Getpid() != 1 {
		say("Warning: " + p.Name + " should be the first process")
	}

	// Two channels: dying children must never fill the one that ends it.
	end, children := make(chan os.Signal, 1), make(chan os.Signal, 1)
	if err := handle(unix.SIGINT, 0, end); err != nil {
		return p.refused(err, noINT)
	}
	if err := handle(unix.SIGTERM, 0, end); err != nil {
		return p.refused(err, noTERM)
	}
	own := []unix.Signal{unix.SIGINT, unix.SIGTERM}
	if p.Reaps {
		own = append(own, unix.SIGCHLD)
		if err := handle(unix.SIGCHLD, noCldStop, children); err != nil {
			return p.refused(err, noCHLD)
		}
		// Children that died before there was a handler have sent their signal.
		reap()
	}
	giveBack(own)
	return wait(end, children)
}

// handle has a signal sent to a channel. Its handler gets these flags.
//
// Go's runtime has handled it from the start, or will from now on if it was
// ignored, and unblocks it in a thread of its own. Setting the same handler
// once more adds the flags that [signal.Notify] has no words for, and tells
// what it keeps to itself: whether the kernel let us.
func handle(s unix.Signal, flags uint64, to chan<- os.Signal) error {
	signal.Notify(to, s)
	a, err := action(s)
	if err != nil {
		return err
	}
	a.flags |= flags
	return setAction(s, a)
}

// wait sleeps until a signal comes that ends it.
func wait(end, children <-chan os.Signal) int {
	for {
		select {
		case <-children:
			reap()
		case s, ok := <-end:
			if !ok {
				say("Error: infinite loop terminated")
				return fellOut
			}
			say("Shutting down, got signal: " + names[s])
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

func (p Pause) refused(err error, status int) int {
	say(p.Name + ": " + err.Error())
	return status
}

// say prints a line on stderr. Without one, it goes on in silence.
func say(line string) {
	_, _ = os.Stderr.WriteString(line + "\n")
}
