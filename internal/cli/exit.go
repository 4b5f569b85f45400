package cli

import (
	"context"
	"errors"
	"fmt"

	"podlab/internal/lab"
)

// The exit codes that the README documents.
const (
	exitPassed      = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnknown     = 3
	exitInterrupted = 130
)

// usageError is an error in the command line.
type usageError struct {
	// command is the command whose --help the message refers to.
	command string
	err     error
}

func (e *usageError) Error() string {
	return fmt.Sprintf("%v\nsee %s --help", e.err, e.command)
}

func (e *usageError) Unwrap() error { return e.err }

// contentError is an error in the labs and scenarios.
type contentError struct{ err error }

func (e *contentError) Error() string {
	if problems, ok := errors.AsType[lab.Problems](e.err); ok {
		// Each problem has its own line, which starts with its file, so that editors can
		// jump to it.
		plural := "s"
		if len(problems) == 1 {
			plural = ""
		}
		return fmt.Sprintf("found %d problem%s in the lab content:\n%v", len(problems), plural, e.err)
	}
	return e.err.Error()
}

func (e *contentError) Unwrap() error { return e.err }

// verdictError is the exit code of a command that has printed a result other than a pass.
type verdictError struct{ code int }

func (e *verdictError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// exitCode returns the exit code for a command's error. An interrupt outranks
// everything else, because interrupted work fails in many ways.
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
