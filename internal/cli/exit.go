package cli

import (
	"context"
	"errors"
	"fmt"

	"podlab/internal/lab"
)

// The exit codes, as the README lists them.
const (
	exitPassed      = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnknown     = 3
	exitInterrupted = 130
)

// usageError is a mistake in what was typed.
type usageError struct {
	// command is the path of the command that was typed, for its --help.
	command string
	err     error
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v\nsee %s --help", e.err, e.command)
}

func (e *usageError) Unwrap() error { return e.err }

// contentError is a mistake in labs, scenarios and what was asked of them.
type contentError struct{ err error }

func (e *contentError) Error() string {
	if problems, ok := errors.AsType[lab.Problems](e.err); ok {
		// Each on a line of its own, beginning with its file, as editors want it.
		return fmt.Sprintf("the labs are not right (problems: %d)\n%v", len(problems), e.err)
	}
	return e.err.Error()
}

func (e *contentError) Unwrap() error { return e.err }

// verdictError ends a command whose result was printed and isn't a pass.
type verdictError struct{ code int }

func (e *verdictError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// exitCode says what a command's error means to whoever started it. Interrupted
// outranks all, as what was cut off fails in many ways.
func exitCode(ctx context.Context, err error) int {
	if err == nil {
		return exitPassed
	}
	if ctx.Err() != nil {
		return exitInterrupted
	}
	if _, ok := errors.AsType[*usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[*contentError](err); ok {
		return exitUsage
	}
	if verdict, ok := errors.AsType[*verdictError](err); ok {
		return verdict.code
	}
	return exitUnknown
}
