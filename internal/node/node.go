package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Command is what is to be run in a node.
type Command struct {
	// Argv is the program and its arguments; no shell looks at them.
	Argv []string
	// Stdin may be nil. What reads from it may do so until Stdin ends, even
	// when the command has ended before.
	Stdin io.Reader
	// Stdout and Stderr may be nil.
	Stdout, Stderr io.Writer
}

// A Runner runs commands in one node.
type Runner interface {
	// Run runs a command and waits for its end. The error is an *[ExitError]
	// when it ran and ended with a status other than 0; it is [ErrPaused] or
	// [ErrNotRunning] when nothing runs in the node, and the cause of ctx's end
	// when that came first.
	Run(ctx context.Context, c Command) error
}

var (
	// ErrPaused says that the node is frozen.
	ErrPaused = errors.New("the node is paused")
	// ErrNotRunning says that the node is stopped, or gone.
	ErrNotRunning = errors.New("the node is not running")
)

// An ExitError is a command's end with a status other than 0.
type ExitError struct {
	// Node is where it ran.
	Node string
	// Argv is what was run.
	Argv []string
	// Code is its status.
	Code int
	// Stderr is the end of what it wrote to its standard error.
	Stderr string
}

func (e *ExitError) Error() string {
	text := fmt.Sprintf("run %s in node %s: exit status %d", strings.Join(e.Argv, " "), e.Node, e.Code)
	if stderr := strings.TrimSpace(e.Stderr); stderr != "" {
		text += ": " + stderr
	}
	return text
}

// Output runs a command and returns what it wrote to its standard output.
func Output(ctx context.Context, r Runner, argv ...string) ([]byte, error) {
	var out bytes.Buffer
	err := r.Run(ctx, Command{Argv: argv, Stdout: &out})
	return out.Bytes(), err
}
