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
	// ErrGone says that the process to signal no longer exists.
	ErrGone = errors.New("the process is gone")
	// ErrClosed says that the client is closed.
	ErrClosed = errors.New("the connection to nodeprobe is closed")
)

// closeTimeout is how long Close waits for nodeprobe to exit by itself.
const closeTimeout = time.Second

// A Client is a connection to one nodeprobe. It is safe for concurrent use.
type Client struct {
	onEvent func(api.Event)
	hello   chan api.Hello
	// requests are encoded requests for the writer.
	requests chan []byte
	stdin    io.Closer
	// kill ends the command that runs nodeprobe.
	kill context.CancelFunc

	mutex   sync.Mutex
	lastID  int64
	pending map[int64]chan api.Message
	closing bool

	// done is closed when the connection has ended; err then says why.
	done chan struct{}
	err  error
}

// Snapshot takes a snapshot of the node. The snapshot is consistent in the
// given kube namespaces, or in all of them if none is given.
//
// It fails if ctx ends, nodeprobe ends or /proc can't be read. If the runtime
// does not answer, the snapshot says so.
func (c *Client) Snapshot(ctx context.Context, kubeNamespaces ...string) (*api.Snapshot, error) {
	reply, err := c.call(ctx, api.Request{Op: "snapshot", KubeNamespaces: kubeNamespaces})
	if err != nil {
		return nil, err
	}
	if reply.Snapshot == nil {
		return nil, errors.New("nodeprobe replied without a snapshot")
	}
	return reply.Snapshot, nil
}

// Signal sends a signal to the process that has the pid and started at
// startTicks. If another process has that pid by now, it gets nothing, and the
// error is [ErrGone]. The signal number is Linux's, on every host.
//
// sentAt is in nanoseconds since 1970 on the node's clock.
func (c *Client) Signal(ctx context.Context, pid int, startTicks int64, signal syscall.Signal) (sentAt int64, err error) {
	reply, err := c.call(ctx, api.Request{Op: "signal", Signal: &api.Signal{PID: pid, StartTicks: startTicks, Signal: int(signal)}})
	return reply.SentAt, err
}

// Done is closed when nodeprobe has ended. Every call then fails with the
// reason.
func (c *Client) Done() <-chan struct{} { return c.done }

// Close ends nodeprobe and waits until its command has ended. If nodeprobe does
// not exit in time, because its node is frozen, Close kills the command;
// nodeprobe then exits when its node runs again.
func (c *Client) Close() error {
	err := c.closeStdin()
	defer c.kill()
	timeout := time.NewTimer(closeTimeout)
	defer timeout.Stop()
	select {
	case <-c.done:
	case <-timeout.C:
		c.kill()
		<-c.done
	}
	return err
}

// abandon kills the command that runs nodeprobe without waiting for its end.
func (c *Client) abandon() {
	_ = c.closeStdin()
	c.kill()
}

func (c *Client) closeStdin() error {
	c.mutex.Lock()
	c.closing = true
	c.mutex.Unlock()
	return c.stdin.Close()
}

// call sends a request and waits for its reply.
func (c *Client) call(ctx context.Context, r api.Request) (api.Message, error) {
	replied := make(chan api.Message, 1)
	c.mutex.Lock()
	c.lastID++
	r.ID = c.lastID
	c.pending[r.ID] = replied
	c.mutex.Unlock()
	defer func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.pending, r.ID)
	}()
	line, err := json.Marshal(r)
	if err != nil {
		return api.Message{}, fmt.Errorf("encode request: %w", err)
	}
	select {
	case c.requests <- append(line, '\n'):
	case <-c.done:
		return api.Message{}, c.err
	case <-ctx.Done():
		return api.Message{}, noReply(ctx)
	}
	select {
	case m := <-replied:
		return m, replyError(&m)
	case <-c.done:
		return api.Message{}, c.err
	case <-ctx.Done():
		return api.Message{}, noReply(ctx)
	}
}

func noReply(ctx context.Context) error {
	return fmt.Errorf("wait for nodeprobe's reply: %w", context.Cause(ctx))
}

// replyError returns the error in a reply, nil if there is none.
func replyError(m *api.Message) error {
	switch {
	case m.Gone:
		return fmt.Errorf("%w (%s)", ErrGone, m.Error)
	case m.Error != "":
		return errors.New(m.Error)
	}
	return nil
}
