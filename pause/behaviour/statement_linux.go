package behaviour

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// A Statement is one requirement that a pause satisfies or violates.
type Statement struct {
	// Name has one or two words. Says is the statement itself.
	Name, Says string

	start start
	check func(context.Context, *process) error
}

// A Violation is an error that describes how a program violates a statement.
type Violation struct{ text string }

func (v *Violation) Error() string { return v.text }

func violated(format string, args ...any) error {
	return &Violation{fmt.Sprintf(format, args...)}
}

// ErrNoNamespaces means that this user may not create a PID namespace.
var ErrNoNamespaces = errors.New("this user may not create a PID namespace")

// checkTimeout is long enough for a busy machine. A check reaches it only if
// something is broken.
const checkTimeout = 2 * time.Minute

// Check returns nil if the program satisfies the statement, and a [*Violation] if
// it does not. Any other error means that Check could not decide.
func (s Statement) Check(ctx context.Context, argv ...string) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	p, err := run(ctx, s.start, argv)
	if errors.Is(err, unix.EPERM) {
		return ErrNoNamespaces
	}
	if err != nil {
		return fmt.Errorf("start %q: %w", argv, err)
	}
	defer p.close()
	return s.check(ctx, p)
}

// Statements returns all statements about a pause, in reading order.
func Statements() []Statement {
	all := []Statement{
		{"TERM", "SIGTERM ends it with status 0, and it prints a line that names the signal", start{}, ends(unix.SIGTERM)},
		{"INT", "SIGINT ends it with status 0, and it prints a line that names the signal", start{}, ends(unix.SIGINT)},
		{"both", "SIGINT and SIGTERM at the same time end it with status 0", start{}, endsByBoth},
		{"early", "it reaps a child that died before it started", start{dead: true}, reapedAll},
		{"orphan", "it reaps an orphan", start{}, reaps(1)},
		{"thousand", "it reaps a thousand orphans whose SIGCHLDs merged into one", start{}, reaps(1000)},
		{"bursts", "it reaps orphans that die in bursts", start{}, reapsBursts},
		{"storm", "it does not lose SIGTERM among SIGCHLDs", start{}, endsInStorm},
		{"stopped", "it leaves a stopped child alone", start{}, leavesStopped},
		{"notice", "it sleeps on when children stop and continue", start{}, sleepsThroughStops},
		{"others", "no other signal ends it", start{}, staysForOthers},
		{"inside", "from inside its PID namespace, only SIGINT and SIGTERM have an effect on it", start{}, staysForInside},
	}
	for _, c := range []struct {
		name, when string
		start      start
	}{
		{"elsewhere", "when it is not PID 1", start{elsewhere: true}},
		{"nobody", "without privileges", start{nobody: true}},
		{"ignored", "when started with its signals ignored", start{ignore: true}},
		{"blocked", "when started with its signals blocked", start{block: true}},
	} {
		all = append(all,
			Statement{c.name + " TERM", c.when + ", SIGTERM ends it with status 0", c.start, ends(unix.SIGTERM)},
			Statement{c.name + " INT", c.when + ", SIGINT ends it with status 0", c.start, ends(unix.SIGINT)},
			Statement{c.name + " reaps", c.when + ", it reaps orphans", c.start, reaps(20)},
		)
	}
	return append(all,
		Statement{"version", "-v and -V, at any position, print its version", start{args: []string{"word", "-V"}}, printsVersion},
		Statement{"warning", "when it is not PID 1, it only prints a warning", start{elsewhere: true}, warns},
		Statement{"flag", "an unknown flag is an error", start{args: []string{"-x"}}, refuses},
	)
}
