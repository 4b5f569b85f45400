package node_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"podlab/internal/engine"
	"podlab/internal/node"
	"podlab/internal/testkit/runtimetest"
)

// container runs a container that stands in for a node.
func container(t *testing.T) (e *engine.Engine, name string) {
	t.Helper()
	e, err := engine.Find(t.Context(), engine.Options{})
	if err != nil {
		t.Skipf("no engine: %v", err)
	}
	archive, err := os.Open(runtimetest.ActorArchive(t))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if err := e.Load(t.Context(), archive); err != nil {
		t.Fatal(err)
	}
	name = fmt.Sprintf("podlab-node-test-%d", os.Getpid())
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		_, _ = e.Output(ctx, "rm", "--force", name)
		_, _ = e.Output(ctx, "rmi", runtimetest.ActorImage)
	})
	docker(t, e, "run", "--detach", "--network", "none", "--name", name, runtimetest.ActorImage)
	return e, name
}

func docker(t *testing.T, e *engine.Engine, args ...string) {
	t.Helper()
	if _, err := e.Output(t.Context(), args...); err != nil {
		t.Fatal(err)
	}
}

func TestEngine(t *testing.T) {
	e, name := container(t)
	r := node.Engine(e, name)
	end := []string{"actor", "end", "7", "last words"}

	t.Run("streams", func(t *testing.T) {
		in := strings.Repeat("0123456789abcde\n", 100_000)
		var out bytes.Buffer
		if err := r.Run(t.Context(), node.Command{Argv: []string{"actor", "copy"}, Stdin: strings.NewReader(in), Stdout: &out}); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); !strings.HasPrefix(got, in) {
			t.Errorf("got %d bytes, want the input of %d bytes first", len(got), len(in))
		}
	})
	t.Run("status", func(t *testing.T) {
		_, err := node.Output(t.Context(), r, end...)
		exit, ok := errors.AsType[*node.ExitError](err)
		if !ok || exit.Code != 7 || exit.Node != name || strings.TrimSpace(exit.Stderr) != "last words" {
			t.Errorf("got %#v", err)
		}
	})
	t.Run("stdin outlives the command", func(t *testing.T) {
		endless, keep := io.Pipe()
		defer keep.Close()
		begun := time.Now()
		err := r.Run(t.Context(), node.Command{Argv: end, Stdin: endless})
		if _, ok := errors.AsType[*node.ExitError](err); !ok || time.Since(begun) > 10*time.Second {
			t.Errorf("after %v: %v", time.Since(begun), err)
		}
	})
	t.Run("no such program", func(t *testing.T) {
		_, err := node.Output(t.Context(), r, "/nonexistent")
		if exit, ok := errors.AsType[*node.ExitError](err); !ok || exit.Code < 126 {
			t.Errorf("got %v", err)
		}
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, errors.New("no more time"))
		defer cancel()
		err := r.Run(ctx, node.Command{Argv: []string{"actor", "forever", "idle"}})
		if err == nil || !strings.Contains(err.Error(), "no more time") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("paused", func(t *testing.T) {
		docker(t, e, "pause", name)
		defer docker(t, e, "unpause", name)
		_, err := node.Output(t.Context(), r, end...)
		if !errors.Is(err, node.ErrPaused) || !strings.Contains(err.Error(), "unpause "+name) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("stopped", func(t *testing.T) {
		docker(t, e, "kill", name)
		_, err := node.Output(t.Context(), r, end...)
		if !errors.Is(err, node.ErrNotRunning) || !strings.Contains(err.Error(), "start "+name) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("gone", func(t *testing.T) {
		docker(t, e, "rm", name)
		_, err := node.Output(t.Context(), r, end...)
		if !errors.Is(err, node.ErrNotRunning) || !strings.Contains(err.Error(), "No such container") {
			t.Errorf("got %v", err)
		}
	})
}
