package progress

import (
	"fmt"
	"io"
	"time"
)

// A Reporter shows people what podlab is doing. It is safe for concurrent use.
type Reporter interface {
	// Begin shows that a step has begun. last is how long the step took last
	// time, or 0 if that is unknown. Steps may overlap.
	Begin(what string, last time.Duration) Step
	// Log prints one permanent line.
	Log(format string, args ...any)
}

// A Step is work in progress.
type Step interface {
	// Detail replaces the text after the step's name ("312 of 840 MB") while
	// the step runs.
	Detail(format string, args ...any)
	// End closes the step; nil means success. End does not show err: the caller
	// returns it.
	End(err error)
}

// New returns a Reporter that writes to w. If live, it redraws the running steps
// at the bottom, which takes a terminal. Otherwise it prints a line when a step
// ends, and more lines while a long step runs.
func New(w io.Writer, live bool) Reporter {
	if live {
		return newLive(w)
	}
	return &plain{w: w}
}

// Discard is a Reporter that shows nothing.
var Discard Reporter = discard{}

type discard struct{}

func (discard) Begin(string, time.Duration) Step { return discard{} }
func (discard) Log(string, ...any)               {}
func (discard) Detail(string, ...any)            {}
func (discard) End(error)                        {}

// Round formats a duration for people: to the millisecond below one second, to
// a tenth of a second below ten, to the second above.
func Round(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	default:
		return d.Round(time.Second).String()
	}
}

// mark begins the last line of a step.
func mark(err error) string {
	if err != nil {
		return "✗"
	}
	return "✓"
}

// lastTime formats how long a step took last time, "" if that is unknown.
func lastTime(last time.Duration) string {
	if last == 0 {
		return ""
	}
	return fmt.Sprintf(" (last time %s)", Round(last))
}
