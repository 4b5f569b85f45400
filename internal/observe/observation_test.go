package observe

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"podlab/internal/node"
)

// shell runs commands on this machine, as an engine's exec does in a node.
type shell struct {
	failure error // of the engine, instead of running the command
}

func (s shell) Run(ctx context.Context, c node.Command) error {
	if s.failure != nil {
		return s.failure
	}
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return &node.ExitError{Code: exit.ExitCode()}
	}
	return err
}

// An error of the engine's command line is not the command's exit code.
func TestRunInNode(t *testing.T) {
	for _, test := range []struct {
		name   string
		argv   []string
		exit   int
		stderr string
	}{
		{"success", []string{"cat"}, 0, ""},
		{"failure", []string{"sh", "-c", "cat; echo no >&2; exit 1"}, 1, "no\n"},
		{"killed", []string{"sh", "-c", "cat; kill -9 $$"}, 137, ""},
		{"no such program", []string{"sh", "-c", "cat; exec /nonexistent 2>/dev/null"}, 127, ""},
		{"no newline at the end", []string{"sh", "-c", "cat; printf words >&2"}, 0, "words"},
	} {
		got, err := runInNode(t.Context(), shell{}, test.argv, strings.NewReader("in"))
		if err != nil || got.Exit != test.exit || got.Stdout != "in" || got.Stderr != test.stderr {
			t.Errorf("%s: got %+v, %v; want exit code %d and stderr %q", test.name, got, err, test.exit, test.stderr)
		}
	}
	flood := []string{"sh", "-c", "head -c 5000000 /dev/zero >&2; echo end >&2; exit 3"}
	if got, err := runInNode(t.Context(), shell{}, flood, nil); err != nil || got.Exit != 3 || len(got.Stderr) > outputLimit || !strings.HasSuffix(got.Stderr, "end\n") {
		t.Errorf("flood: got %d bytes, %v", len(got.Stderr), err)
	}
	restarting := &node.ExitError{Code: 1, Stderr: "Cannot connect to the Docker daemon"}
	if got, err := runInNode(t.Context(), shell{restarting}, []string{"true"}, nil); err == nil || !errors.Is(err, restarting) {
		t.Errorf("while the engine restarts: got %+v, %v; want the engine's error", got, err)
	}
	if _, err := runInNode(t.Context(), shell{node.ErrPaused}, []string{"true"}, nil); !errors.Is(err, node.ErrPaused) {
		t.Errorf("in a paused node: got %v", err)
	}
}
