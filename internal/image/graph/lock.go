package graph

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"

	"podlab/internal/progress"
)

// lockPoll is how often [Cache.Lock] tries a lock that another process holds:
// flock has no wait that a context can end.
const lockPoll = 200 * time.Millisecond

// Lock makes this process the only one that builds, and waits while another
// process does. It removes what an earlier process left unfinished.
func (c *Cache) Lock(ctx context.Context, report progress.Reporter) (unlock func(), err error) {
	path := filepath.Join(c.dir, "lock")
	file := flock.New(path)
	ok, err := file.TryLock()
	if err == nil && !ok {
		report.Log("waiting for another podlab%s that uses %s", holder(path), c.dir)
		_, err = file.TryLockContext(ctx, lockPoll)
	}
	if err == nil {
		// Don't replace the file: the lock belongs to its inode.
		err = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())), 0o600)
	}
	if err == nil {
		err = c.sweep()
	}
	if err != nil {
		_ = file.Unlock()
		return nil, fmt.Errorf("lock %s: %w", c.dir, err)
	}
	return func() { _ = file.Unlock() }, nil
}

// holder names the process that wrote the lock file, if it is known.
func holder(path string) string {
	data, err := os.ReadFile(path)
	if err != nil || len(data) == 0 {
		return ""
	}
	return fmt.Sprintf(" (pid %s)", data)
}

// sweep removes unfinished results.
func (c *Cache) sweep() error {
	unfinished, err := os.ReadDir(c.tmpDir())
	for _, dir := range unfinished {
		err = errors.Join(err, os.RemoveAll(filepath.Join(c.tmpDir(), dir.Name())))
	}
	return err
}
