package pull

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"podlab/internal/engine"
	"podlab/internal/progress"
)

// Timeouts bound how long a pull may make no progress.
type Timeouts struct {
	// Answer bounds the wait for the registry's first answer, Progress each
	// later wait.
	Answer, Progress time.Duration
}

var (
	// ShortTimeouts are for pulls that have an alternative.
	ShortTimeouts = Timeouts{Answer: 6 * time.Second, Progress: 45 * time.Second}
	// LongTimeouts are for pulls that have none.
	LongTimeouts = Timeouts{Answer: 45 * time.Second, Progress: 2 * time.Minute}
)

// A Puller pulls images through the engine.
type Puller struct {
	Engine   *engine.Engine
	Timeouts Timeouts
}

// Pull pulls an image by its digest, gives it its tag, and shows progress. If
// the pull fails before ctx ends, the error is an *[Error].
func (p *Puller) Pull(ctx context.Context, image Pin, shown progress.Step) error {
	watched, dog := watch(ctx, p.Timeouts)
	defer dog.stop()
	err := p.fetch(watched, image, &transfer{shown: shown, dog: dog})
	switch {
	case err == nil:
		return p.tag(ctx, image)
	case ctx.Err() != nil:
		return fmt.Errorf("pull %s: %w", image.Short(), context.Cause(ctx))
	}
	failed := &Error{Ref: image.Short(), Reason: reason(err.Error()), Err: err}
	if watched.Err() != nil {
		failed.Err = context.Cause(watched)
		failed.Reason = Stalled
		if errors.Is(failed.Err, errNoAnswer) {
			failed.Reason = Unreachable
		}
	}
	return failed
}

func (p *Puller) tag(ctx context.Context, image Pin) error {
	if _, err := p.Engine.Output(ctx, "tag", image.ByDigest(), image.Short()); err != nil {
		return fmt.Errorf("tag %s: %w", image.Short(), err)
	}
	return nil
}

// fetch pulls through docker's API, else with the engine's command, which
// reports less progress.
func (p *Puller) fetch(ctx context.Context, image Pin, t *transfer) error {
	if p.Engine.Provider == "docker" {
		err := p.create(ctx, image, t)
		if !errors.Is(err, errNoAPI) {
			return err
		}
	}
	return p.command(ctx, image, t)
}

// lineTimeout is added to [Timeouts.Progress] for an engine's command: its
// lines are further apart than the API's messages.
const lineTimeout = 5 * time.Minute

// command pulls with the engine's command. Every line counts as progress.
func (p *Puller) command(ctx context.Context, image Pin, t *transfer) error {
	t.dog.extend(lineTimeout)
	cmd := p.Engine.Command(ctx, "pull", image.ByDigest())
	var stderr strings.Builder
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, io.MultiWriter(write, &stderr)
	done := make(chan struct{})
	go func() {
		defer close(done)
		lines := bufio.NewScanner(read)
		for lines.Scan() {
			t.dog.reset()
			t.shown.Detail("%s", lines.Text())
		}
		_, _ = io.Copy(io.Discard, read) // after a line that is too long
	}()
	err := cmd.Run()
	_ = write.Close()
	<-done
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(stderr.String()))
	}
	return nil
}
