package graph

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"podlab/internal/progress"
)

// A Builder runs steps and puts their results into a cache.
type Builder struct {
	cache    *Cache
	progress progress.Reporter
	slots    map[Resource]*semaphore.Weighted
}

// NewBuilder returns a builder that runs at most limits[r] steps at once that
// use the resource r. Every resource needs a limit. The caller holds the
// cache's lock.
func NewBuilder(cache *Cache, report progress.Reporter, limits map[Resource]int) *Builder {
	b := &Builder{cache: cache, progress: report, slots: make(map[Resource]*semaphore.Weighted)}
	for r, limit := range limits {
		b.slots[r] = semaphore.NewWeighted(int64(limit))
	}
	return b
}

// Build runs the steps that [Builder.Missing] lists. The first step that fails stops
// all others; the error is a *[StepError], or the cause of ctx's end.
func (b *Builder) Build(ctx context.Context, goals ...*Step) error {
	missing := b.Missing(goals...)
	done := make(map[*Step]chan struct{}, len(missing))
	for _, s := range missing {
		done[s] = make(chan struct{})
	}
	group, groupCtx := errgroup.WithContext(ctx)
	for _, s := range missing {
		group.Go(func() error {
			for _, need := range s.Needs {
				if err := wait(groupCtx, done[need]); err != nil {
					return err
				}
			}
			if err := b.slots[s.Uses].Acquire(groupCtx, 1); err != nil {
				return err
			}
			defer b.slots[s.Uses].Release(1)
			if err := b.run(groupCtx, s); err != nil {
				return err
			}
			close(done[s])
			return nil
		})
	}
	err := group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// wait waits until a step is done. A step that does not run has a nil channel.
func wait(ctx context.Context, done <-chan struct{}) error {
	if done == nil {
		return nil
	}
	select {
	case <-done:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Missing lists the steps that have to run for these goals, each after the
// steps that it needs. The needs of a cached step are not missing.
func (b *Builder) Missing(goals ...*Step) []*Step {
	var list []*Step
	seen := make(map[*Step]bool)
	var visit func(*Step)
	visit = func(s *Step) {
		if seen[s] {
			return
		}
		seen[s] = true
		if b.cache.has(s) {
			return
		}
		for _, need := range s.Needs {
			visit(need)
		}
		list = append(list, s)
	}
	for _, goal := range goals {
		visit(goal)
	}
	return list
}

// run runs a step, with a log and progress.
func (b *Builder) run(ctx context.Context, s *Step) error {
	started := time.Now()
	shown := b.progress.Begin(s.Name, b.cache.LastDuration(s.Name))
	log, err := newLog(b.cache.logFile(s.Name), shown)
	if err == nil {
		err = errors.Join(b.makeResult(ctx, s, log), log.Close())
	}
	shown.End(err)
	if err != nil {
		return &StepError{Step: s.Name, Log: b.cache.logFile(s.Name), Tail: log.tail(), Err: err}
	}
	return b.cache.SaveDuration(s.Name, time.Since(started))
}

// makeResult makes a step's result in a temporary directory, then moves the
// complete result into the cache.
func (b *Builder) makeResult(ctx context.Context, s *Step, log *stepLog) (err error) {
	dir, err := os.MkdirTemp(b.cache.tmpDir(), slug(s.Name)+"-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	j := &Job{cache: b.cache, log: log, Out: filepath.Join(dir, "out"), Tmp: filepath.Join(dir, "tmp")}
	if err := os.Mkdir(j.Tmp, 0o700); err != nil {
		return err
	}
	if err := s.Run(ctx, j); err != nil {
		return err
	}
	return os.Rename(j.Out, b.cache.Path(s))
}

// A StepError says which step failed.
type StepError struct {
	Step string
	// Log is the path of the step's log, Tail its last lines.
	Log, Tail string
	Err       error
}

func (e *StepError) Error() string {
	message := fmt.Sprintf("%s: %v", e.Step, e.Err)
	if e.Tail == "" {
		return message
	}
	return fmt.Sprintf("%s\n%s\nfull log: %s", message, e.Tail, e.Log)
}

func (e *StepError) Unwrap() error { return e.Err }
