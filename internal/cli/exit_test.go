package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"podlab/internal/cluster"
	"podlab/internal/engine"
	"podlab/internal/lab"
)

func TestExitCodes(t *testing.T) {
	alive, ended := context.Background(), cancelled()
	usage := &usageError{command: "podlab run", err: errors.New("missing argument LAB")}
	for _, c := range []struct {
		name string
		ctx  context.Context //nolint:containedctx // a table of a test
		err  error
		want int
	}{
		{"success", alive, nil, 0},
		{"a failed check", alive, &verdictError{1}, 1},
		{"usage", alive, usage, 2},
		{"content", alive, &contentError{lab.Problems{{File: "x"}}}, 2},
		{"an unknown verdict", alive, &verdictError{3}, 3},
		{"environment", alive, &engine.NoneError{}, 3},
		{"any other error", alive, errors.New("no space left on device"), 3},
		{"usage and a failed clean-up", alive, errors.Join(usage, errors.New("unlock")), 2},
		{"interrupted", ended, fmt.Errorf("create cluster: %w", context.Canceled), 130},
		{"interrupted, with any error", ended, errors.New("signal: killed"), 130},
		{"success before the interrupt", ended, nil, 0},
	} {
		if got := exitCode(c.ctx, c.err); got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
}

func TestRunInterrupted(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	var out, errOut bytes.Buffer
	streams := Streams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut, Getenv: func(string) string { return "" }}
	if got := Run(cancelled(), streams, []string{"run", "lab-1", "--no-engine", "--content", "testdata/content"}); got != exitInterrupted {
		t.Errorf("exit code %d, want %d: %s", got, exitInterrupted, errOut.String())
	}
	if out.Len() > 0 || !strings.HasPrefix(errOut.String(), "podlab: interrupted: ") {
		t.Errorf("stdout %q, stderr %q", out.String(), errOut.String())
	}
}

func TestConfirm(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "네\n": true, "n\n": false, "\n": false, "": false, "maybe\n": false} {
		var errOut bytes.Buffer
		a := &app{Streams: Streams{In: strings.NewReader(answer), ErrOut: &errOut}}
		got, err := a.confirm(t.Context(), "Start dockerd?")
		if err != nil || got != want || errOut.String() != "Start dockerd? [y/N] " {
			t.Errorf("%q: got %v, %v, asked %q", answer, got, err, errOut.String())
		}
	}
}

func cancelled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestLockedCluster(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	held, err := cluster.Lock("busy")
	if err != nil {
		t.Fatal(err)
	}
	defer held.Unlock()
	for _, args := range [][]string{{"run", "lab-1"}, {"start", "lab-1"}, {"verify"}, {"up"}} {
		var out, errOut bytes.Buffer
		streams := Streams{In: strings.NewReader(""), Out: &out, ErrOut: &errOut, Getenv: func(string) string { return "" }}
		code := Run(t.Context(), streams, append(args, "--name", "busy", "--no-engine", "--content", "testdata/content"))
		holder := fmt.Sprintf("pid %d", os.Getpid())
		if code != exitUnknown || out.Len() > 0 || !strings.Contains(errOut.String(), "busy") || !strings.Contains(errOut.String(), holder) {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q; want exit code %d and an error that names %s",
				args, code, out.String(), errOut.String(), exitUnknown, holder)
		}
	}
}
