package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"al.essio.dev/pkg/shellescape"
)

// killDelay is the time between the interrupt and the kill of a command.
const killDelay = 5 * time.Second

// Command returns the engine's command with these arguments and the environment
// that it needs. When ctx ends, the command gets an interrupt, and after
// killDelay a kill.
//
// The command has a process group of its own, so a Ctrl-C at the terminal reaches
// only podlab, which stops its work in order.
func (e *Engine) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, e.Binary, args...)
	cmd.Env = append(os.Environ(), e.Env()...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = killDelay
	return cmd
}

// Output runs the engine's command and returns its standard output. The error is
// a *[CommandError].
func (e *Engine) Output(ctx context.Context, args ...string) ([]byte, error) {
	return e.run(ctx, e.Command(ctx, args...))
}

// Input runs the engine's command with r as its standard input. The error is a
// *[CommandError].
func (e *Engine) Input(ctx context.Context, r io.Reader, args ...string) error {
	cmd := e.Command(ctx, args...)
	cmd.Stdin = r
	_, err := e.run(ctx, cmd)
	return err
}

// run runs cmd and returns its standard output.
func (e *Engine) run(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.Bytes(), nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return stdout.Bytes(), &CommandError{Argv: cmd.Args, Host: e.Host, Stderr: strings.TrimSpace(stderr.String()), Err: err}
}

// CommandError says that a command of the engine failed.
type CommandError struct {
	// Argv is the command.
	Argv []string
	// Host is the command's DOCKER_HOST, or "" if podlab set none.
	Host string
	// Stderr is the command's standard error.
	Stderr string
	// Err is how the command ended, usually an *exec.ExitError.
	Err error
}

func (e *CommandError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("run %s: %v", e.Shell(), e.Err)
	}
	return fmt.Sprintf("run %s: %v: %s", e.Shell(), e.Err, e.Stderr)
}

func (e *CommandError) Unwrap() error { return e.Err }

// ExitCode returns the command's exit status, or -1 if it has none.
func (e *CommandError) ExitCode() int {
	if exit, ok := errors.AsType[*exec.ExitError](e.Err); ok {
		return exit.ExitCode()
	}
	return -1
}

// Shell returns the command as a line for a POSIX shell.
func (e *CommandError) Shell() string {
	line := shellescape.QuoteCommand(e.Argv)
	if e.Host != "" {
		line = "DOCKER_HOST=" + shellescape.Quote(e.Host) + " " + line
	}
	return line
}
