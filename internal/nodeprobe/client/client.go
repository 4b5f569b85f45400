package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"podlab/internal/nodeprobe/api"
)

var (
	// ErrGone says that the process to be signalled is no more.
	ErrGone = errors.New("the process is gone")
	// ErrClosed says that the client was closed.
	ErrClosed = errors.New("nodeprobe was closed")
)

// A Client talks to one nodeprobe. Its methods may be called at the same time.
type Client struct {
	onEvent func(api.Event)
	hello   chan api.Hello
	// lines are requests on their way out.
	lines chan []byte
	stdin io.Closer
	// kill ends the command that nodeprobe runs in.
	kill context.CancelFunc

	mutex   sync.Mutex
	last    int64
	waiting map[int64]chan api.Message
	closing bool

	done chan struct{}
	err  error
}

// Snapshot takes a picture of the node that is consistent in those kube
// namespaces, or, when none is given, in all. It fails when ctx ends, nodeprobe ends
// or /proc can't be read; a runtime that does not answer is told in the
// snapshot.
func (c *Client) Snapshot(ctx context.Context, kubeNamespaces ...string) (*api.Snapshot, error) {
	answer, err := c.call(ctx, api.Request{Op: "snapshot", KubeNamespaces: kubeNamespaces})
	if err != nil {
		return nil, err
	}
	if answer.Snapshot == nil {
		return nil, errors.New("nodeprobe answered without a snapshot")
	}
	return answer.Snapshot, nil
}

// Signal sends a signal, by its number on Linux, to the process that has the
// pid and started at startTicks, or to none. sentAt is when it was sent, in
// nanoseconds since 1970 on the node's clock. The error is [ErrGone] when that
// process is no more.
func (c *Client) Signal(ctx context.Context, pid int, startTicks int64, signal syscall.Signal) (sentAt int64, err error) {
	answer, err := c.call(ctx, api.Request{Op: "signal", Signal: &api.Signal{PID: pid, StartTicks: startTicks, Signal: int(signal)}})
	return answer.SentAt, err
}

// Done is closed when nodeprobe has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err says why nodeprobe has ended; nil before.
func (c *Client) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Close ends nodeprobe and waits for its end. One that does not end by itself,
// as its node is frozen, is left to end when it can.
func (c *Client) Close() error {
	c.mutex.Lock()
	c.closing = true
	c.mutex.Unlock()
	err := c.stdin.Close()
	defer c.kill()
	grace := time.NewTimer(time.Second)
	defer grace.Stop()
	select {
	case <-c.done:
	case <-grace.C:
		c.kill()
		<-c.done
	}
	return err
}

// call sends a request and waits for its answer.
func (c *Client) call(ctx context.Context, r api.Request) (api.Message, error) {
	answered := make(chan api.Message, 1)
	c.mutex.Lock()
	c.last++
	r.ID = c.last
	c.waiting[r.ID] = answered
	c.mutex.Unlock()
	defer func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.waiting, r.ID)
	}()
	line, err := json.Marshal(r)
	if err != nil {
		return api.Message{}, fmt.Errorf("encode request: %w", err)
	}
	select {
	case c.lines <- append(line, '\n'):
	case <-c.done:
		return api.Message{}, c.err
	case <-ctx.Done():
		return api.Message{}, silent(ctx)
	}
	select {
	case m := <-answered:
		return m, errorOf(&m)
	case <-c.done:
		return api.Message{}, c.err
	case <-ctx.Done():
		return api.Message{}, silent(ctx)
	}
}

func silent(ctx context.Context) error {
	return fmt.Errorf("wait for nodeprobe's answer: %w", context.Cause(ctx))
}

// errorOf returns the error that an answer carries.
func errorOf(m *api.Message) error {
	switch {
	case m.Gone:
		return fmt.Errorf("%w (%s)", ErrGone, m.Error)
	case m.Error != "":
		return errors.New(m.Error)
	}
	return nil
}
