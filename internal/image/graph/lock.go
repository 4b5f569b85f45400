package graph

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"podlab/internal/progress"
	"podlab/internal/state"
)

// Lock makes this process the only one that builds, and waits while another process
// does. It removes what an earlier process left unfinished.
func (c *Cache) Lock(ctx context.Context, report progress.Reporter) (unlock func(), err error) {
	path := filepath.Join(c.dir, "lock")
	held, err := state.LockFile(path)
	if other, ok := errors.AsType[*state.LockedError](err); ok {
		report.Log("waiting for another podlab%s that uses %s", pidOf(other.Holder), c.dir)
		held, err = state.AwaitLockFile(ctx, path)
	}
	if err != nil {
		return nil, err
	}
	if err := c.sweep(); err != nil {
		return nil, errors.Join(fmt.Errorf("clean up %s: %w", c.dir, err), held.Unlock())
	}
	return func() { _ = held.Unlock() }, nil
}

// pidOf names the process if it is known.
func pidOf(h state.Holder) string {
	if h.PID == 0 {
		return ""
	}
	return fmt.Sprintf(" (pid %d)", h.PID)
}

// sweep removes unfinished results.
func (c *Cache) sweep() error {
	unfinished, err := os.ReadDir(c.tmpDir())
	for _, dir := range unfinished {
		err = errors.Join(err, os.RemoveAll(filepath.Join(c.tmpDir(), dir.Name())))
	}
	return err
}
