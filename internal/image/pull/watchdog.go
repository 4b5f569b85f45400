package pull

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	errNoAnswer   = errors.New("no answer")
	errNoProgress = errors.New("no progress")
)

// A watchdog ends a context unless it is reset in time.
type watchdog struct {
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	timeouts Timeouts
	timer    *time.Timer
}

// watch returns a context and its watchdog, which waits for the first answer.
func watch(ctx context.Context, t Timeouts) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watchdog{cancel: cancel, timeouts: t, timer: time.AfterFunc(t.Answer, func() {
		cancel(fmt.Errorf("%w within %s", errNoAnswer, t.Answer))
	})}
}

// reset tells the watchdog of progress.
func (d *watchdog) reset() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.timer.Stop() {
		return // the watchdog has ended the context or is stopped
	}
	timeout := d.timeouts.Progress
	d.timer = time.AfterFunc(timeout, func() { d.cancel(fmt.Errorf("%w within %s", errNoProgress, timeout)) })
}

// extend makes the timeout for progress longer, from the next reset on.
func (d *watchdog) extend(more time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.timeouts.Progress += more
}

func (d *watchdog) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.timer.Stop()
	d.cancel(nil)
}
