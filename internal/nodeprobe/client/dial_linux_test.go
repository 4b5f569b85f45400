package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"podlab/internal/node"
	"podlab/internal/nodeprobe/client"
)

func TestDialCopiesOnce(t *testing.T) {
	t.Parallel()
	n := newTestNode(t)
	first := dial(t, n, binary(t), nil)
	if n.runs != 3 {
		t.Errorf("%d commands on a new node, want 3: start, copy, start", n.runs)
	}
	s := snapshot(t, first)
	if s.Processes[0].PID != 1 || s.Host != *s.Processes[0].Namespaces || s.RuntimeError == "" {
		t.Errorf("the snapshot is not of the test node: %+v", s)
	}
	dial(t, n, binary(t), nil)
	if n.runs != 4 {
		t.Errorf("%d commands on a node that has nodeprobe, want 1", n.runs-3)
	}
}

func TestDialRejectsPartialCopy(t *testing.T) {
	t.Parallel()
	n := newTestNode(t)
	n.edit = func(c node.Command) node.Command {
		if _, copying := c.Stdin.(*bytes.Reader); copying {
			c.Stdin = io.LimitReader(c.Stdin, 1<<20)
		}
		return c
	}
	if _, err := client.Dial(t.Context(), n, binary(t), nil); err == nil || !strings.Contains(err.Error(), "the copy is incomplete") {
		t.Errorf("Dial with a partial copy: %v", err)
	}
	left, err := node.Output(t.Context(), n, "ls", "/usr/local/lib/podlab")
	if err != nil || len(left) > 0 {
		t.Errorf("Dial left %q behind, %v", left, err)
	}
	n.edit = nil
	dial(t, n, binary(t), nil)
}

func TestDialOtherProgram(t *testing.T) {
	t.Parallel()
	for script, want := range map[string]string{
		"#!/bin/sh\necho hello\n":                                  "parse nodeprobe's message",
		"#!/bin/sh\necho '{\"hello\": {\"protocol\": 99}}'\ncat\n": "speaks protocol 99",
		"#!/bin/sh\nexit 7\n":                                      "exit status 7",
		"#!/bin/sh\nexit 0\n":                                      "nodeprobe exited",
		"\x7fELF, but not really":                                  "exit status 12",
	} {
		_, err := client.Dial(t.Context(), newTestNode(t), []byte(script), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Dial with %q: %v, want %q in the error", script, err, want)
		}
	}
}

func TestDialTimesOutWithoutHello(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := client.Dial(ctx, newTestNode(t), []byte("#!/bin/sh\nexec sleep 60\n"), nil)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Dial: %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestDialTimesOutWhileCopying(t *testing.T) {
	t.Parallel()
	n := newTestNode(t)
	endless, w := io.Pipe()
	defer w.Close()
	n.edit = func(c node.Command) node.Command {
		if _, copying := c.Stdin.(*bytes.Reader); copying {
			c.Stdin = endless
		}
		return c
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, err := client.Dial(ctx, n, binary(t), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Dial: %v, want %v", err, context.DeadlineExceeded)
	}
}

// A script runner plays back the results of Run. After the last one, Run blocks
// until the runner is released, whatever its context does.
type scriptRunner struct {
	results  []error
	released chan struct{}
}

func (r *scriptRunner) Run(context.Context, node.Command) error {
	if len(r.results) > 0 {
		result := r.results[0]
		r.results = r.results[1:]
		return result
	}
	<-r.released
	return errors.New("released")
}

// TestDialTimesOutInEveryPhase runs Dial on a node whose commands hang even
// after their context has ended.
func TestDialTimesOutInEveryPhase(t *testing.T) {
	t.Parallel()
	notFound := &node.ExitError{Code: 127}
	for phase, results := range map[string][]error{
		"start":              nil,
		"copy":               {notFound},
		"start after a copy": {notFound, nil},
	} {
		t.Run(phase, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const timeout = time.Minute
				errTimeout := errors.New("the test's timeout")
				ctx, cancel := context.WithTimeoutCause(t.Context(), timeout, errTimeout)
				defer cancel()
				r := &scriptRunner{results: results, released: make(chan struct{})}
				defer close(r.released)
				start := time.Now()
				_, err := client.Dial(ctx, r, []byte("nodeprobe"), nil)
				if elapsed := time.Since(start); !errors.Is(err, errTimeout) || elapsed != timeout {
					t.Errorf("Dial returned after %v: %v", elapsed, err)
				}
			})
		})
	}
}
