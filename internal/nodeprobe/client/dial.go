package client

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"podlab/internal/node"
	"podlab/internal/nodeprobe/api"
)

// directory holds nodeprobe in a node. It is on the root file system, because
// kind mounts /run and /tmp with noexec.
const directory = "/usr/local/lib/podlab"

// startScript runs nodeprobe through a shell, so that a missing program gives
// the same exit code with every engine: 127, or 126 if it can't be executed.
const startScript = `exec "$0"`

// installScript writes its stdin to $0 if the SHA-256 sum is $1. If not, it
// fails and leaves nothing behind.
const installScript = `set -e
mkdir -p "${0%/*}"
new=$0.$$
trap 'rm -f "$new"' EXIT
cat >"$new"
if [ "$(sha256sum <"$new")" != "$1  -" ]; then
	echo "the copy is incomplete" >&2
	exit 1
fi
chmod 755 "$new"
mv "$new" "$0"`

// Dial starts nodeprobe in a node and waits for its hello. binary is nodeprobe
// for the node's architecture; Dial copies it into the node if the node does
// not have it yet.
//
// The client calls onEvent for each event, in order, from one goroutine, and
// reads nothing else meanwhile. onEvent may be nil.
//
// ctx bounds every phase of Dial, even if the runner is slower to stop a
// command. It does not bound the client, which lives until Close.
func Dial(ctx context.Context, r node.Runner, binary []byte, onEvent func(api.Event)) (*Client, error) {
	sum := fmt.Sprintf("%x", sha256.Sum256(binary))
	path := directory + "/nodeprobe-" + sum[:16]
	c, err := start(ctx, r, path, onEvent)
	if exit, ok := errors.AsType[*node.ExitError](err); ok && (exit.Code == 126 || exit.Code == 127) {
		install := node.Command{Argv: []string{"sh", "-c", installScript, path, sum}, Stdin: bytes.NewReader(binary)}
		if err := run(ctx, r, install); err != nil {
			return nil, fmt.Errorf("copy nodeprobe into the node: %w", err)
		}
		c, err = start(ctx, r, path, onEvent)
	}
	if err != nil {
		return nil, fmt.Errorf("start nodeprobe: %w", err)
	}
	return c, nil
}

// run runs a command in a node, but does not wait for its end after ctx has
// ended.
func run(ctx context.Context, r node.Runner, c node.Command) error {
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx, c) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// start starts nodeprobe and waits for its hello.
func start(ctx context.Context, r node.Runner, path string, onEvent func(api.Event)) (*Client, error) {
	running, kill := context.WithCancel(context.WithoutCancel(ctx))
	requests, stdin := io.Pipe()
	stdout, messages := io.Pipe()
	c := &Client{
		onEvent: onEvent, hello: make(chan api.Hello, 1), requests: make(chan []byte), stdin: stdin, kill: kill,
		pending: make(map[int64]chan api.Message), done: make(chan struct{}),
	}
	go func() {
		err := r.Run(running, node.Command{Argv: []string{"sh", "-c", startScript, path}, Stdin: requests, Stdout: messages})
		if err == nil {
			err = errors.New("nodeprobe exited")
		}
		_ = requests.CloseWithError(err)
		_ = messages.CloseWithError(err)
	}()
	go c.write(stdin)
	go c.read(stdout)
	select {
	case hello := <-c.hello:
		if hello.Protocol != api.Protocol {
			c.abandon()
			return nil, fmt.Errorf("nodeprobe speaks protocol %d, want %d", hello.Protocol, api.Protocol)
		}
		return c, nil
	case <-c.done:
		return nil, c.err
	case <-ctx.Done():
		c.abandon()
		return nil, fmt.Errorf("wait for nodeprobe's hello: %w", context.Cause(ctx))
	}
}

// write sends requests until the connection ends.
func (c *Client) write(stdin io.Writer) {
	for {
		select {
		case line := <-c.requests:
			if _, err := stdin.Write(line); err != nil {
				return // read gets the same error
			}
		case <-c.done:
			return
		}
	}
}

// read receives messages until the connection ends.
func (c *Client) read(stdout *io.PipeReader) {
	lines := bufio.NewReaderSize(stdout, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err == nil {
			err = c.dispatch(line)
		}
		if err != nil {
			c.end(err)
			_ = stdout.CloseWithError(err)
			return
		}
	}
}

// dispatch passes a message to its receiver.
func (c *Client) dispatch(line []byte) error {
	var m api.Message
	if err := json.Unmarshal(line, &m); err != nil {
		return fmt.Errorf("parse nodeprobe's message: %w", err)
	}
	switch {
	case m.Hello != nil:
		select {
		case c.hello <- *m.Hello:
		default:
		}
	case m.Event != nil:
		if c.onEvent != nil {
			c.onEvent(*m.Event)
		}
	case m.ID == 0:
		return fmt.Errorf("nodeprobe rejected a request: %s", m.Error)
	default:
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if replied, ok := c.pending[m.ID]; ok {
			delete(c.pending, m.ID)
			replied <- m
		}
	}
	return nil
}

// end marks the connection as ended and kills the command that runs nodeprobe.
func (c *Client) end(err error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.closing {
		err = ErrClosed
	}
	c.err = err
	close(c.done)
	c.kill()
}
