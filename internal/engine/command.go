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
)

// killDelay is how long a command of the engine's may take to end after it was
// interrupted.
const killDelay = 5 * time.Second

// Command returns the engine's command with these arguments, in the
// environment that it needs. When ctx ends it is interrupted, and killed if
// that does not help.
//
// It gets a process group of its own: a Ctrl-C at the terminal then ends
// podlab's work in podlab's order, not the commands under its feet.
func (e *Engine) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, e.Binary, args...)
	cmd.Env = append(os.Environ(), e.Env()...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = killDelay
	return cmd
}

// Output runs the engine's command and returns what it wrote to its standard
// output. The error is a *[CommandError].
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

// run runs cmd, collecting its outputs.
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

// CommandError says that a command of the engine's did not end well.
type CommandError struct {
	// Argv is the command.
	Argv []string
	// Host is what DOCKER_HOST was set to, if it was.
	Host string
	// Stderr is what the command said.
	Stderr string
	// Err is how it ended, most often an *exec.ExitError.
	Err error
}

func (e *CommandError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("run %s: %v", e.Shell(), e.Err)
	}
	return fmt.Sprintf("run %s: %v: %s", e.Shell(), e.Err, e.Stderr)
}

func (e *CommandError) Unwrap() error { return e.Err }

// ExitCode is the command's status, -1 when it has none.
func (e *CommandError) ExitCode() int {
	if exit, ok := errors.AsType[*exec.ExitError](e.Err); ok {
		return exit.ExitCode()
	}
	return -1
}

// Shell returns the command as it can be pasted into a shell.
func (e *CommandError) Shell() string {
	words := make([]string, 0, len(e.Argv)+1)
	if e.Host != "" {
		words = append(words, "DOCKER_HOST="+quote(e.Host))
	}
	for _, arg := range e.Argv {
		words = append(words, quote(arg))
	}
	return strings.Join(words, " ")
}

// quote makes one word of a POSIX shell's out of s.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@=,+%", r)
	}
	if s != "" && strings.TrimFunc(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
