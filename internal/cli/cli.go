package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// insist is how much later than the first a second signal must come to be meant
// as one: whoever signals a process group that make is in signals twice.
const insist = time.Second

// Main runs podlab as this process and returns its exit code. The first signal
// to end has everything that is half made put back; a second one ends the
// process as if it had not been caught.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(insist, stop) })
	// Nobody reading any more (podlab up | head) must not leave half a cluster
	// behind: caught, it is an error of the write.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return Run(ctx, System(), args)
}

// Run runs one command line, without the program's name, and returns the exit
// code: 0 all passed; 1 a check failed; 2 usage or content; 3 Unknown or
// environment; 130 ctx was cancelled.
func Run(ctx context.Context, s Streams, args []string) int {
	a := newApp(s, args)
	root := a.root() //nolint:contextcheck // a verb gets its context when it runs
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.ErrOut)
	err := root.ExecuteContext(ctx)
	code := exitCode(ctx, err)
	if err != nil {
		complain(s, err, context.Cause(ctx))
	}
	return code
}

// complain says on ErrOut why a command ended, unless its result has said so.
func complain(s Streams, err, interrupt error) {
	_, said := errors.AsType[*verdictError](err)
	switch {
	case said, unread(err):
	case interrupt == nil:
		_, _ = fmt.Fprintln(s.ErrOut, "podlab:", err)
	case err.Error() == interrupt.Error():
		_, _ = fmt.Fprintln(s.ErrOut, "podlab: interrupted")
	default:
		// Where it was, and what could not be put back.
		_, _ = fmt.Fprintln(s.ErrOut, "podlab: interrupted:", err)
	}
}

// unread reports whether a result could not be written because nobody reads
// standard output any more, which is nobody's mistake.
func unread(err error) bool {
	write, ok := errors.AsType[*fs.PathError](err)
	return ok && write.Path == os.Stdout.Name() && errors.Is(write, syscall.EPIPE)
}
