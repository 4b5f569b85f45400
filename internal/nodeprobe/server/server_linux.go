package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/cri"
	"podlab/internal/nodeprobe/proc"
)

// patience is how long the runtime may take for an answer: on a laptop that
// starts twenty pods some seconds, and less than who asks for a picture waits.
const patience = 4 * time.Second

// A Server observes one node for one podlab.
type Server struct {
	runtime *cri.Client
	out     *outbox
	// began is when the server began, in nanoseconds since 1970.
	began int64
	// changed wakes a snapshot that waits for the node to settle.
	changed chan struct{}

	// taking is held while a snapshot is taken: two at once would only take
	// each other's time.
	taking  sync.Mutex
	scanner *proc.Scanner
	// unsettled are the contradictions that the last snapshot could not wait
	// out.
	unsettled []contradiction

	mutex sync.Mutex
	// followed are the pids that are or were followed, with whose they are.
	followed map[int]string
	// lost is why the runtime's events are not heard, nil when they are.
	lost error
}

// Run serves requests from in and writes messages to out until in ends. The
// runtime is asked at the unix socket; one that is not there is no error.
func Run(ctx context.Context, in io.Reader, out io.Writer, socket string) error {
	runtime, err := cri.New(socket)
	if err != nil {
		return err
	}
	defer runtime.Close() //nolint:errcheck // nothing to lose
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &Server{
		runtime: runtime, out: newOutbox(), began: time.Now().UnixNano(),
		changed: make(chan struct{}, 1), scanner: proc.NewScanner(), followed: make(map[int]string),
	}
	s.out.send(api.Message{Hello: s.hello(ctx)})
	go s.follow(ctx)
	written, read := make(chan error, 1), make(chan error, 1)
	go func() { written <- s.out.drain(out) }()
	go func() { read <- s.serve(ctx, in) }()
	select {
	case err := <-written:
		return err
	case err := <-read:
		s.out.close()
		return errors.Join(err, <-written)
	}
}

func (s *Server) hello(ctx context.Context) *api.Hello {
	hello := &api.Hello{Protocol: api.Protocol, PID: os.Getpid()}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := s.runtime.Ping(ctx); err != nil {
		hello.RuntimeError = err.Error()
	}
	return hello
}

// serve answers requests, each as soon as it can, until there are no more.
func (s *Server) serve(ctx context.Context, in io.Reader) error {
	var answers sync.WaitGroup
	defer answers.Wait()
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			answers.Go(func() { s.out.send(s.answer(ctx, line)) })
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read requests: %w", err)
		}
	}
}

func (s *Server) answer(ctx context.Context, line []byte) api.Message {
	var request api.Request
	if err := json.Unmarshal(line, &request); err != nil {
		return api.Message{ID: request.ID, Error: fmt.Sprintf("the request is not understood: %v", err)}
	}
	answer := api.Message{ID: request.ID}
	var err error
	switch request.Op {
	case "ping":
	case "snapshot":
		answer.Snapshot, err = s.snapshot(ctx, request.KubeNamespaces)
	case "signal":
		answer.SentAt, err = send(request.Signal)
		answer.Gone = errors.Is(err, errGone)
	default:
		err = fmt.Errorf("there is no op %q", request.Op)
	}
	if err != nil {
		answer.Error = err.Error()
	}
	return answer
}
