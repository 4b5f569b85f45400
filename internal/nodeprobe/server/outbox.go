package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"podlab/internal/nodeprobe/api"
)

// maxUnread bounds the bytes that wait for podlab to read them.
const maxUnread = 16 << 20

var errUnread = errors.New("podlab does not read its messages")

// An outbox queues and writes messages. send never blocks: the runtime blocks while
// nodeprobe does not take its events, and a podlab that hangs must not cause that.
type outbox struct {
	mutex   sync.Mutex
	changed *sync.Cond // lines or err
	lines   []byte
	err     error
}

func newOutbox() *outbox {
	o := &outbox{}
	o.changed = sync.NewCond(&o.mutex)
	return o
}

// send queues a message. It drops the message if the outbox is closed or has failed.
func (o *outbox) send(m api.Message) {
	line, err := json.Marshal(m)
	o.mutex.Lock()
	defer o.mutex.Unlock()
	switch {
	case o.err != nil:
		return
	case err != nil:
		o.err = fmt.Errorf("encode message: %w", err)
	case len(o.lines)+len(line) > maxUnread:
		o.err = errUnread
	default:
		o.lines = append(append(o.lines, line...), '\n')
	}
	o.changed.Signal()
}

// close makes drain return after it has written all messages.
func (o *outbox) close() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.err == nil {
		o.err = io.EOF
	}
	o.changed.Signal()
}

// drain writes messages until the outbox is closed or fails.
func (o *outbox) drain(w io.Writer) error {
	var lines []byte
	for {
		o.mutex.Lock()
		for len(o.lines) == 0 && o.err == nil {
			o.changed.Wait()
		}
		lines, o.lines = o.lines, lines[:0]
		err := o.err
		o.mutex.Unlock()
		if _, err := w.Write(lines); err != nil {
			return fmt.Errorf("write messages: %w", err)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
