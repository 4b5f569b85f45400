package behaviour

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// A Statement is something that is true of a pause, or not.
type Statement struct {
	// Name is one or two words, Says the statement itself.
	Name, Says string

	begin start
	hold  func(context.Context, *process) error
}

// A Violation is the error that says in what way a statement is not true.
type Violation struct{ text string }

func (v *Violation) Error() string { return v.text }

func violated(format string, args ...any) error {
	return &Violation{fmt.Sprintf(format, args...)}
}

// ErrNoNamespaces is the error where this user may not make a PID namespace.
var ErrNoNamespaces = errors.New("this user may not make a PID namespace")

// patience is for a machine that has much else to do: nothing waits for it to
// pass, unless something is broken.
const patience = 2 * time.Minute

// Check returns nil if the statement is true of the program, a [*Violation] if
// it isn't, and any other error if that could not be found out.
func (s Statement) Check(ctx context.Context, argv ...string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p, err := begin(ctx, s.begin, argv)
	if errors.Is(err, unix.EPERM) {
		return ErrNoNamespaces
	}
	if err != nil {
		return fmt.Errorf("start %q: %w", argv, err)
	}
	defer p.close()
	return s.hold(ctx, p)
}

// Statements are all that is expected of a pause, in the order to read them.
func Statements() []Statement {
	all := []Statement{
		{"TERM", "SIGTERM ends it with status 0 and a line that names the signal", start{}, ends(unix.SIGTERM)},
		{"INT", "SIGINT ends it with status 0 and a line that names the signal", start{}, ends(unix.SIGINT)},
		{"both", "SIGINT and SIGTERM at once end it with status 0", start{}, endsByBoth},
		{"early", "it reaps a child that died before it began", start{dead: true}, reapedAll},
		{"orphan", "it reaps an orphan", start{}, reaps(1)},
		{"thousand", "it reaps a thousand orphans whose SIGCHLDs became one", start{}, reaps(1000)},
		{"bursts", "it reaps orphans that die in bursts", start{}, reapsBursts},
		{"storm", "SIGTERM is not lost among SIGCHLDs", start{}, endsInStorm},
		{"stopped", "it leaves a stopped child alone", start{}, leavesStopped},
		{"notice", "it isn't woken for children that stop and go on", start{}, sleepsThroughStops},
		{"others", "other signals don't end it", start{}, staysForOthers},
		{"inside", "in its namespace only SIGINT and SIGTERM do anything to it", start{}, staysForInside},
	}
	for _, c := range []struct {
		name, when string
		begin      start
	}{
		{"elsewhere", "not being PID 1", start{elsewhere: true}},
		{"nobody", "without privileges", start{nobody: true}},
		{"ignored", "started with its signals ignored", start{ignore: true}},
		{"blocked", "started with its signals blocked", start{block: true}},
	} {
		all = append(all,
			Statement{c.name + " TERM", c.when + ", SIGTERM ends it with status 0", c.begin, ends(unix.SIGTERM)},
			Statement{c.name + " INT", c.when + ", SIGINT ends it with status 0", c.begin, ends(unix.SIGINT)},
			Statement{c.name + " reaps", c.when + ", it reaps orphans", c.begin, reaps(20)},
		)
	}
	return append(all,
		Statement{"version", "-v and -V, anywhere, print its version", start{args: []string{"word", "-V"}}, printsVersion},
		Statement{"warning", "not being PID 1 is worth a warning, and no more", start{elsewhere: true}, warns},
		Statement{"flag", "a flag that it doesn't know is an error", start{args: []string{"-x"}}, refuses},
	)
}
