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

// secondSignalDelay is how long podlab ignores further signals after the first
// one. A signal to make's process group reaches podlab twice: directly, and from
// make, which passes it on.
const secondSignalDelay = time.Second

// Main runs podlab as this process and returns its exit code. On the first
// SIGINT, SIGTERM or SIGHUP, podlab cleans up and ends. A second signal kills the
// process at once.
func Main(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(secondSignalDelay, stop) })
	// A reader that goes away (podlab up | head) must not kill podlab halfway through
	// creating a cluster. With SIGPIPE caught, the write returns an error instead.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	return Run(ctx, System(), args)
}

// Run runs one command line, without the program's name, and returns the exit
// code: 0 for success or all checks passed, 1 for a failed check, 2 for wrong
// usage or content, 3 for an Unknown verdict or a problem of the environment, 130
// after ctx was cancelled.
func Run(ctx context.Context, s Streams, args []string) int {
	a := newApp(s, args)
	root := a.root() //nolint:contextcheck // a command gets its context when it runs
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.ErrOut)
	err := root.ExecuteContext(ctx)
	code := exitCode(ctx, err)
	if err != nil {
		printError(s, err, context.Cause(ctx))
	}
	return code
}

// printError writes to ErrOut why a command failed. It writes nothing if the
// printed result already says so, or if nobody reads the result.
func printError(s Streams, err, interrupt error) {
	_, reported := errors.AsType[*verdictError](err)
	switch {
	case reported, brokenPipe(err):
	case interrupt == nil:
		_, _ = fmt.Fprintln(s.ErrOut, "podlab:", err)
	case err.Error() == interrupt.Error():
		_, _ = fmt.Fprintln(s.ErrOut, "podlab: interrupted")
	default:
		// The error says what was interrupted and what could not be cleaned up.
		_, _ = fmt.Fprintln(s.ErrOut, "podlab: interrupted:", err)
	}
}

// brokenPipe reports whether a write to standard output failed because its reader
// is gone.
func brokenPipe(err error) bool {
	write, ok := errors.AsType[*fs.PathError](err)
	return ok && write.Path == os.Stdout.Name() && errors.Is(write, syscall.EPIPE)
}
