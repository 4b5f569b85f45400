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

// runtimeTimeout bounds the wait for the runtime's replies. On a laptop that
// starts twenty pods, a reply takes some seconds. podlab waits longer than this for
// a snapshot.
const runtimeTimeout = 4 * time.Second

// A server observes one node for one podlab.
type server struct {
	runtime *cri.Client
	out     *outbox
	// startedAt is when the server started, in nanoseconds since 1970.
	startedAt int64
	// changed wakes a snapshot that waits for the node to settle.
	changed chan struct{}

	// snapshotMutex serializes snapshots, because concurrent ones would only slow each
	// other down. It guards scanner and lasting.
	snapshotMutex sync.Mutex
	scanner       *proc.Scanner
	// lasting are the contradictions that did not settle before a snapshot timed out.
	lasting []contradiction

	// mutex guards followed and eventsError.
	mutex sync.Mutex
	// followed are the pids that are or were followed, with the IDs of their
	// sandboxes and containers.
	followed map[int]string
	// eventsError says why no events come from the runtime, nil if they do.
	eventsError error
}

// Run serves requests from in and writes messages to out until in ends. socket is
// the runtime's unix socket. Run works without a runtime too.
func Run(ctx context.Context, in io.Reader, out io.Writer, socket string) error {
	runtime, err := cri.New(socket)
	if err != nil {
		return err
	}
	defer runtime.Close() //nolint:errcheck // nothing to lose
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s := &server{
		runtime: runtime, out: newOutbox(), startedAt: time.Now().UnixNano(),
		changed: make(chan struct{}, 1), scanner: proc.NewScanner(), followed: make(map[int]string),
	}
	s.out.send(api.Message{Hello: s.hello(ctx)})
	go s.followRuntime(ctx)
	written, served := make(chan error, 1), make(chan error, 1)
	go func() { written <- s.out.drain(out) }()
	go func() { served <- s.serve(ctx, in) }()
	select {
	case err := <-written:
		return err
	case err := <-served:
		s.out.close()
		return errors.Join(err, <-written)
	}
}

func (s *server) hello(ctx context.Context) *api.Hello {
	hello := &api.Hello{Protocol: api.Protocol, PID: os.Getpid()}
	ctx, cancel := context.WithTimeout(ctx, runtimeTimeout)
	defer cancel()
	if err := s.runtime.Ping(ctx); err != nil {
		hello.RuntimeError = err.Error()
	}
	return hello
}

// serve handles requests concurrently until in ends.
func (s *server) serve(ctx context.Context, in io.Reader) error {
	var requests sync.WaitGroup
	defer requests.Wait()
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 1 {
			requests.Go(func() { s.out.send(s.handle(ctx, line)) })
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read requests: %w", err)
		}
	}
}

func (s *server) handle(ctx context.Context, line []byte) api.Message {
	var request api.Request
	if err := json.Unmarshal(line, &request); err != nil {
		return api.Message{ID: request.ID, Error: fmt.Sprintf("parse request: %v", err)}
	}
	reply := api.Message{ID: request.ID}
	var err error
	switch request.Op {
	case "snapshot":
		reply.Snapshot, err = s.snapshot(ctx, request.KubeNamespaces)
	case "signal":
		reply.SentAt, err = sendSignal(request.Signal)
		reply.Gone = errors.Is(err, errGone)
	default:
		err = fmt.Errorf("unknown op %q", request.Op)
	}
	if err != nil {
		reply.Error = err.Error()
	}
	return reply
}
