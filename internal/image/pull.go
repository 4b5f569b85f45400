package image

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"podlab/internal/engine"
	"podlab/internal/progress"
)

// patience is how long nothing may come.
type patience struct {
	// first is for the first sign of a registry, between for each next one of
	// the transfer's getting on.
	first, between time.Duration
}

var (
	// hurried is for when packages can take the registry's place.
	hurried = patience{first: 6 * time.Second, between: 45 * time.Second}
	// patient is for when nothing else will do.
	patient = patience{first: 45 * time.Second, between: 2 * time.Minute}
)

// A puller pulls images by way of the engine.
type puller struct {
	engine   *engine.Engine
	patience patience
}

// pull makes the engine have an image. The error is a *[PullError], unless ctx
// has ended.
func (p *puller) pull(ctx context.Context, image pin, shown progress.Step) error {
	watched, dog := watch(ctx, p.patience)
	defer dog.stop()
	err := p.fetch(watched, image, &transfer{shown: shown, dog: dog})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("pull %s: %w", image.short(), context.Cause(ctx))
	}
	failed := &PullError{Ref: image.short(), Trouble: trouble(err.Error()), Err: err}
	if watched.Err() != nil {
		failed.Err = context.Cause(watched)
		failed.Trouble = Slow
		if errors.Is(failed.Err, errNoSign) {
			failed.Trouble = Unreachable
		}
	}
	return failed
}

// fetch pulls in the way that tells most.
func (p *puller) fetch(ctx context.Context, image pin, t *transfer) error {
	if p.engine.Provider == "docker" {
		err := p.create(ctx, image, t)
		if !errors.Is(err, errNoAPI) {
			return err
		}
	}
	return p.command(ctx, image, t)
}

// lineDelay is how far apart lines of an engine's command may come on top of
// what is expected of bytes.
const lineDelay = 5 * time.Minute

// command pulls with the engine's command, whose every line is taken for a
// sign of getting on. They come far between, so it must be given more time.
func (p *puller) command(ctx context.Context, image pin, t *transfer) error {
	t.dog.slacken(lineDelay)
	cmd := p.engine.Command(ctx, "pull", image.byDigest())
	var said strings.Builder
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, io.MultiWriter(write, &said)
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			t.dog.pat()
			t.shown.Detail("%s", lines.Text())
		}
		_, _ = io.Copy(io.Discard, read) // a line that was too long
	}()
	err := cmd.Run()
	_ = write.Close()
	<-done
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}

var (
	errNoSign = errors.New("no answer")
	errNoMore = errors.New("no more came")
)

// A watchdog ends a context when it is not patted for too long.
type watchdog struct {
	cancel context.CancelCauseFunc

	mu       sync.Mutex
	patience patience
	timer    *time.Timer
}

// watch returns a context that a watchdog ends.
func watch(ctx context.Context, p patience) (context.Context, *watchdog) {
	ctx, cancel := context.WithCancelCause(ctx)
	return ctx, &watchdog{cancel: cancel, patience: p, timer: time.AfterFunc(p.first, func() {
		cancel(fmt.Errorf("%w within %s", errNoSign, p.first))
	})}
}

// pat tells the watchdog that things are getting on.
func (d *watchdog) pat() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.timer.Stop() {
		return // it has already ended the context, or been stopped
	}
	between := d.patience.between
	d.timer = time.AfterFunc(between, func() { d.cancel(fmt.Errorf("%w within %s", errNoMore, between)) })
}

// slacken makes the watchdog that much more patient from now on.
func (d *watchdog) slacken(more time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.patience.between += more
}

func (d *watchdog) stop() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.timer.Stop()
	d.cancel(nil)
}
