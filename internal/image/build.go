package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"podlab/internal/progress"
)

// A builder makes entries of a cache.
type builder struct {
	cache    *cache
	progress progress.Reporter
	slots    map[resource]*semaphore.Weighted
}

// newBuilder returns a builder that keeps this machine busy, not drowned: go
// build fills all processors by itself but for its ends, so two overlap, and
// mmdebstrap mostly waits for one thing or another.
func newBuilder(c *cache, report progress.Reporter) *builder {
	return &builder{cache: c, progress: report, slots: map[resource]*semaphore.Weighted{
		network:  semaphore.NewWeighted(3),
		compiler: semaphore.NewWeighted(2),
		unpacker: semaphore.NewWeighted(2),
		packer:   semaphore.NewWeighted(int64(runtime.NumCPU())),
	}}
}

// make makes the entries of these steps, and of those that they need, as far
// as they are not there. The first step that fails stops all others.
func (b *builder) make(ctx context.Context, goals ...*step) error {
	missing := b.missing(goals)
	made := make(map[*step]chan struct{}, len(missing))
	for _, s := range missing {
		made[s] = make(chan struct{})
	}
	group, within := errgroup.WithContext(ctx)
	for _, s := range missing {
		group.Go(func() error {
			for _, need := range s.needs {
				if err := wait(within, made[need]); err != nil {
					return err
				}
			}
			if err := b.slots[s.uses].Acquire(within, 1); err != nil {
				return err
			}
			defer b.slots[s.uses].Release(1)
			if err := b.run(within, s); err != nil {
				return err
			}
			close(made[s])
			return nil
		})
	}
	err := group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// wait waits until a step is made; one that need not be made has no channel.
func wait(ctx context.Context, made <-chan struct{}) error {
	if made == nil {
		return nil
	}
	select {
	case <-made:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// missing lists the steps that must be run for these goals, each after those
// that it needs. What is needed only by something that is there is not missed.
func (b *builder) missing(goals []*step) []*step {
	var list []*step
	seen := make(map[*step]bool)
	var visit func(*step)
	visit = func(s *step) {
		if seen[s] {
			return
		}
		seen[s] = true
		if b.cache.has(s) {
			return
		}
		for _, need := range s.needs {
			visit(need)
		}
		list = append(list, s)
	}
	for _, goal := range goals {
		visit(goal)
	}
	return list
}

// run makes one entry.
func (b *builder) run(ctx context.Context, s *step) error {
	started := time.Now()
	shown := b.progress.Begin(s.name, b.cache.last(s.name))
	log, err := newLog(b.cache.logFile(s.name), shown)
	if err == nil {
		err = errors.Join(b.attempt(ctx, s, log), log.Close())
	}
	shown.End(err)
	if err != nil {
		return &StepError{Step: s.name, Log: b.cache.logFile(s.name), Tail: log.tail(), Err: err}
	}
	return b.cache.remember(s.name, time.Since(started))
}

// attempt makes the entry aside, and then it is there as a whole.
func (b *builder) attempt(ctx context.Context, s *step, log *stepLog) (err error) {
	dir, err := os.MkdirTemp(filepath.Join(b.cache.dir, "tmp"), slug(s.name)+"-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	j := &job{cache: b.cache, log: log, out: filepath.Join(dir, "out"), tmp: filepath.Join(dir, "tmp")}
	if err := os.Mkdir(j.tmp, 0o700); err != nil {
		return err
	}
	if err := s.run(ctx, j); err != nil {
		return err
	}
	return os.Rename(j.out, b.cache.path(s))
}

// A StepError says which step of making images failed, and where to read on.
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
	return fmt.Sprintf("%s\n%s\nthe whole log is in %s", message, e.Tail, e.Log)
}

func (e *StepError) Unwrap() error { return e.Err }
