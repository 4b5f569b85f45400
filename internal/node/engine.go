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

// A Commander makes commands of a container engine; *engine.Engine is one.
type Commander interface {
	Command(ctx context.Context, args ...string) *exec.Cmd
}

// Engine returns the way into a node that is a container, through the engine's
// exec.
func Engine(e Commander, name string) Runner { return container{e, name} }

type container struct {
	engine Commander
	name   string
}

// Run is [Runner]'s.
//
// The engine does not end a command in the node because ctx ends here; one
// that reads its standard input sees that end.
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
	if err := n.unable(ctx, cmd); err != nil {
		return err
	}
	return &ExitError{Node: n.name, Argv: c.Argv, Code: exit.ExitCode(), Stderr: stderr.String()}
}

// run runs cmd without waiting for stdin's end, which may come later than the
// command's.
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
		_, _ = io.Copy(pipe, stdin) // the command's own end says more
		_ = pipe.Close()
	}()
	return cmd.Wait()
}

// unable says why nothing can run in the node, nil when something can: a
// status alone does not tell the engine's failure from the command's.
func (n container) unable(ctx context.Context, failed *exec.Cmd) error {
	engine := filepath.Base(failed.Path)
	out, err := n.engine.Command(ctx, "container", "inspect", "--format", "{{.State.Status}}", n.name).Output()
	exit, exited := errors.AsType[*exec.ExitError](err)
	switch state := strings.TrimSpace(string(out)); {
	case exited:
		return fmt.Errorf("node %s: %w: %s", n.name, ErrNotRunning, strings.TrimSpace(string(exit.Stderr)))
	case err != nil:
		return fmt.Errorf("look at node %s: %w", n.name, err)
	case state == "paused":
		return fmt.Errorf("node %s: %w; \"%s unpause %s\" lets it go on", n.name, ErrPaused, engine, n.name)
	case state != "running":
		return fmt.Errorf("node %s: %w (%s); \"%s start %s\" starts it", n.name, ErrNotRunning, state, engine, n.name)
	}
	return nil
}

// A tail passes on what is written and keeps the end of it.
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
