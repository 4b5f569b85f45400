package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// A Command is a command to run in a node.
type Command struct {
	// Argv is the program and its arguments. No shell interprets them.
	Argv []string
	// Stdin may be nil. A reader of Stdin may continue until Stdin ends, even after
	// the command has exited.
	Stdin io.Reader
	// Stdout and Stderr may be nil.
	Stdout, Stderr io.Writer
}

// A Runner runs commands in one node.
type Runner interface {
	// Run runs a command and waits until it exits. If its exit status is not 0, the
	// error is an *[ExitError]. If commands can't run in the node, the error is
	// [ErrPaused] or [ErrNotRunning]. If ctx ends first, the error is ctx's cause.
	Run(ctx context.Context, c Command) error
}

var (
	// ErrPaused says that the node is paused.
	ErrPaused = errors.New("the node is paused")
	// ErrNotRunning says that the node is stopped or does not exist.
	ErrNotRunning = errors.New("the node is not running")
)

// An ExitError says that a command exited with a status other than 0.
type ExitError struct {
	// Node is the node.
	Node string
	// Argv is the command.
	Argv []string
	// Code is the exit status.
	Code int
	// Stderr is the end of the command's standard error.
	Stderr string
}

func (e *ExitError) Error() string {
	text := fmt.Sprintf("run %s in node %s: exit status %d", shellescape.QuoteCommand(e.Argv), e.Node, e.Code)
	if stderr := strings.TrimSpace(e.Stderr); stderr != "" {
		text += ": " + stderr
	}
	return text
}

// Output runs a command and returns its standard output.
func Output(ctx context.Context, r Runner, argv ...string) ([]byte, error) {
	var out bytes.Buffer
	err := r.Run(ctx, Command{Argv: argv, Stdout: &out})
	return out.Bytes(), err
}
