package progress

import (
	"fmt"
	"io"
	"time"
)

// A Reporter tells people what is being done. Its methods may be called from
// several goroutines.
type Reporter interface {
	// Begin says that something has begun. last is how long it took last time,
	// 0 when that is not known. Steps may run side by side.
	Begin(what string, last time.Duration) Step
	// Say prints one line that stays.
	Say(format string, args ...any)
}

// A Step is something that is being done.
type Step interface {
	// Detail replaces what is shown behind the step's name while it runs ("312
	// of 840 MB").
	Detail(format string, args ...any)
	// End closes the step; a nil error is success. The error itself is not
	// shown: whoever returns it does that.
	End(err error)
}

// New returns a Reporter that writes to w. A live one shows the running steps
// at the bottom and draws them again as they go on, which takes a terminal;
// otherwise a step has a line when it ends, and others before that when it
// lasts.
func New(w io.Writer, live bool) Reporter {
	if live {
		return newLive(w)
	}
	return &plain{w: w}
}

// Discard says nothing.
var Discard Reporter = discard{}

type discard struct{}

func (discard) Begin(string, time.Duration) Step { return discard{} }
func (discard) Say(string, ...any)               {}
func (discard) Detail(string, ...any)            {}
func (discard) End(error)                        {}

// Round shortens a duration to what a person wants to know: milliseconds
// below a second, tenths below ten, seconds above.
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

// mark is what a step's last line begins with.
func mark(err error) string {
	if err != nil {
		return "✗"
	}
	return "✓"
}

// lastTime is what is said of the time before, if it is known.
func lastTime(last time.Duration) string {
	if last == 0 {
		return ""
	}
	return fmt.Sprintf(" (last time %s)", Round(last))
}
