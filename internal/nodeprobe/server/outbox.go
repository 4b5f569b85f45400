package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"podlab/internal/nodeprobe/api"
)

// maxUnread is how much may wait to be read by podlab, in bytes.
const maxUnread = 16 << 20

var errUnread = errors.New("podlab has stopped reading")

// An outbox writes messages, each as one line. Sending never waits for the
// reader: a podlab that stands still must not stop the runtime, which waits
// for its events to be taken.
type outbox struct {
	mutex  sync.Mutex
	filled *sync.Cond
	lines  []byte
	err    error
}

func newOutbox() *outbox {
	o := &outbox{}
	o.filled = sync.NewCond(&o.mutex)
	return o
}

// send queues a message; what can't be sent any more is dropped.
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
	o.filled.Signal()
}

// close lets drain end once everything is written.
func (o *outbox) close() {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.err == nil {
		o.err = io.EOF
	}
	o.filled.Signal()
}

// drain writes what is sent until the outbox is closed.
func (o *outbox) drain(w io.Writer) error {
	var lines []byte
	for {
		o.mutex.Lock()
		for len(o.lines) == 0 && o.err == nil {
			o.filled.Wait()
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
