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

// directory is where nodeprobe is kept in a node: on its root file system, as
// kind mounts /run and /tmp so that nothing there can be executed.
const directory = "/usr/local/lib/podlab"

// start gives a status that tells a missing program from all else, whatever
// the engine: the shell's 127, or 126 for one that can't be executed.
const start = `exec "$0"`

// install puts its standard input at $0, as a whole with the SHA-256 sum $1 or
// not at all.
const install = `set -e
mkdir -p "${0%/*}"
new=$0.$$
trap 'rm -f "$new"' EXIT
cat >"$new"
if [ "$(sha256sum <"$new")" != "$1  -" ]; then
	echo "the copy is not whole" >&2
	exit 1
fi
chmod 755 "$new"
mv "$new" "$0"`

// Dial opens nodeprobe in a node; binary is nodeprobe for the node's
// architecture, which is copied in when the node does not have it yet.
//
// onEvent is called for each event in turn, from one goroutine that does
// nothing else meanwhile; it may be nil. ctx is for dialing: the client lives
// until it is closed.
func Dial(ctx context.Context, r node.Runner, binary []byte, onEvent func(api.Event)) (*Client, error) {
	sum := fmt.Sprintf("%x", sha256.Sum256(binary))
	path := directory + "/nodeprobe-" + sum[:16]
	c, err := open(ctx, r, path, onEvent)
	if exit, ok := errors.AsType[*node.ExitError](err); ok && (exit.Code == 126 || exit.Code == 127) {
		copied := node.Command{Argv: []string{"sh", "-c", install, path, sum}, Stdin: bytes.NewReader(binary)}
		if err := r.Run(ctx, copied); err != nil {
			return nil, fmt.Errorf("copy nodeprobe in: %w", err)
		}
		c, err = open(ctx, r, path, onEvent)
	}
	if err != nil {
		return nil, fmt.Errorf("open nodeprobe: %w", err)
	}
	return c, nil
}

// open starts nodeprobe and waits for its hello.
func open(ctx context.Context, r node.Runner, path string, onEvent func(api.Event)) (*Client, error) {
	running, kill := context.WithCancel(context.WithoutCancel(ctx))
	requests, stdin := io.Pipe()
	stdout, messages := io.Pipe()
	c := &Client{
		onEvent: onEvent, hello: make(chan api.Hello, 1), lines: make(chan []byte), stdin: stdin, kill: kill,
		waiting: make(map[int64]chan api.Message), done: make(chan struct{}),
	}
	go func() {
		err := r.Run(running, node.Command{Argv: []string{"sh", "-c", start, path}, Stdin: requests, Stdout: messages})
		if err == nil {
			err = errors.New("nodeprobe has ended")
		}
		_ = requests.CloseWithError(err)
		_ = messages.CloseWithError(err)
	}()
	go c.write(stdin)
	go c.read(stdout)
	select {
	case hello := <-c.hello:
		if hello.Protocol == api.Protocol {
			return c, nil
		}
		return nil, errors.Join(fmt.Errorf("nodeprobe speaks protocol %d, not %d", hello.Protocol, api.Protocol), c.Close())
	case <-c.done:
		return nil, c.err
	case <-ctx.Done():
		return nil, errors.Join(silent(ctx), c.Close())
	}
}

// write writes requests until nodeprobe ends.
func (c *Client) write(stdin io.Writer) {
	for {
		select {
		case line := <-c.lines:
			if _, err := stdin.Write(line); err != nil {
				return // read hears of it
			}
		case <-c.done:
			return
		}
	}
}

// read takes messages until nodeprobe ends, and says why it did.
func (c *Client) read(stdout *io.PipeReader) {
	lines := bufio.NewReaderSize(stdout, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err == nil {
			err = c.take(line)
		}
		if err != nil {
			c.end(err)
			_ = stdout.CloseWithError(err)
			return
		}
	}
}

// take hands a message to who waits for it.
func (c *Client) take(line []byte) error {
	var m api.Message
	if err := json.Unmarshal(line, &m); err != nil {
		return fmt.Errorf("read nodeprobe's message: %w", err)
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
		return fmt.Errorf("nodeprobe complains: %s", m.Error)
	default:
		c.mutex.Lock()
		defer c.mutex.Unlock()
		if answered, ok := c.waiting[m.ID]; ok {
			delete(c.waiting, m.ID)
			answered <- m
		}
	}
	return nil
}

// end notes that nodeprobe has ended, or is no use any more.
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
