package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// A Commander creates commands of a container engine. *engine.Engine is one.
type Commander interface {
	Command(ctx context.Context, args ...string) *exec.Cmd
}

// Engine returns a Runner for a node that is a container. It uses the engine's
// exec.
func Engine(e Commander, name string) Runner { return container{e, name} }

type container struct {
	engine Commander
	name   string
}

// Run implements [Runner].
//
// When ctx ends, the engine does not end the command in the node. But the command's
// standard input ends.
func (n container) Run(ctx context.Context, c Command) error {
	args := []string{"exec"}
	if c.Stdin != nil {
		args = append(args, "-i")
	}
	args = append(append(args, n.name), c.Argv...)
	cmd := n.engine.Command(ctx, args...)
	stderr := &tail{to: c.Stderr}
	cmd.Stdout, cmd.Stderr = c.Stdout, stderr
	err := run(cmd, c.Stdin)
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("run %s in node %s: %w", c.Argv[0], n.name, context.Cause(ctx))
	case !exited:
		return fmt.Errorf("run %s in node %s: %w", c.Argv[0], n.name, err)
	}
	if err := n.checkRunning(ctx, cmd); err != nil {
		return err
	}
	return &ExitError{Node: n.name, Argv: c.Argv, Code: exit.ExitCode(), Stderr: stderr.String()}
}

// run runs cmd. Unlike cmd.Run, it does not wait until stdin ends.
func run(cmd *exec.Cmd, stdin io.Reader) error {
	if stdin == nil {
		return cmd.Run()
	}
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(pipe, stdin) // cmd.Wait returns a better error
		_ = pipe.Close()
	}()
	return cmd.Wait()
}

// checkRunning returns an error if commands can't run in the node. The exit status of
// exec is the same for a failure of the engine and a failure of the command.
func (n container) checkRunning(ctx context.Context, failed *exec.Cmd) error {
	engine := filepath.Base(failed.Path)
	out, err := n.engine.Command(ctx, "container", "inspect", "--format", "{{.State.Status}}", n.name).Output()
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch state := strings.TrimSpace(string(out)); {
	case exited && strings.Contains(strings.ToLower(string(exit.Stderr)), "no such"):
		return fmt.Errorf("node %s: %w: %s", n.name, ErrNotRunning, strings.TrimSpace(string(exit.Stderr)))
	case exited:
		return fmt.Errorf("inspect node %s: %w: %s", n.name, err, strings.TrimSpace(string(exit.Stderr)))
	case err != nil:
		return fmt.Errorf("inspect node %s: %w", n.name, err)
	case state == "paused":
		return fmt.Errorf("node %s: %w: resume it with %s unpause %s", n.name, ErrPaused, engine, n.name)
	case state != "running":
		return fmt.Errorf("node %s: %w (%s): start it with %s start %s", n.name, ErrNotRunning, state, engine, n.name)
	}
	return nil
}

// A tail forwards what is written to it, and keeps the end.
type tail struct {
	to   io.Writer
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const most = 4096
	t.kept = append(t.kept, p...)
	if len(t.kept) > 2*most {
		t.kept = append([]byte(nil), t.kept[len(t.kept)-most:]...)
	}
	if t.to == nil {
		return len(p), nil
	}
	return t.to.Write(p)
}

func (t *tail) String() string { return string(t.kept) }
