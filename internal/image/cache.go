package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"podlab/internal/progress"
	"podlab/internal/state"
)

const (
	// keepUnused is how long an entry that no step makes any more is kept, for
	// those who go back and forth between two versions of podlab.
	keepUnused = 7 * 24 * time.Hour
	// lockPoll is how often somebody else's lock is tried: flock has no way to
	// wait that a context could end.
	lockPoll = 200 * time.Millisecond
)

// A cache keeps what steps made:
//
//	<slug>-<key>    entries, whole or not there
//	tmp/            entries that are being made
//	log/<slug>.log  what the last run of each step said
//	durations.json  how long it took, in milliseconds by name
//	lock            held by the podlab that makes entries
type cache struct {
	dir string

	mu        sync.Mutex
	durations map[string]int64
}

// openCache returns the cache of images, made if it was not there.
func openCache() (*cache, error) {
	base, err := state.Cache()
	if err != nil {
		return nil, err
	}
	return newCache(filepath.Join(base, "images"))
}

func newCache(dir string) (*cache, error) {
	for _, d := range []string{dir, filepath.Join(dir, "tmp"), filepath.Join(dir, "log")} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("make cache: %w", err)
		}
	}
	c := &cache{dir: dir, durations: make(map[string]int64)}
	// Durations are only shown; without them, nothing is shown.
	if data, err := os.ReadFile(c.durationsFile()); err == nil {
		_ = json.Unmarshal(data, &c.durations)
	}
	return c, nil
}

func (c *cache) durationsFile() string      { return filepath.Join(c.dir, "durations.json") }
func (c *cache) path(s *step) string        { return filepath.Join(c.dir, s.entry()) }
func (c *cache) logFile(name string) string { return filepath.Join(c.dir, "log", slug(name)+".log") }

// has says whether the step's entry is there, and marks it as used.
func (c *cache) has(s *step) bool {
	now := time.Now()
	return os.Chtimes(c.path(s), now, now) == nil
}

// last is how long something took the last time, 0 when that is not known.
func (c *cache) last(name string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.durations[name]) * time.Millisecond
}

// remember notes how long something took.
func (c *cache) remember(name string, took time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.durations[name] = took.Milliseconds()
	data, err := json.MarshalIndent(c.durations, "", "  ")
	if err != nil {
		return fmt.Errorf("encode durations: %w", err)
	}
	return state.WriteFile(c.durationsFile(), append(data, '\n'), 0o600)
}

// lock makes this process the only one that makes entries, waiting for another
// one to be done with it. What that one left half made is removed.
func (c *cache) lock(ctx context.Context, report progress.Reporter) (unlock func(), err error) {
	path := filepath.Join(c.dir, "lock")
	file := flock.New(path)
	ok, err := file.TryLock()
	if err == nil && !ok {
		report.Log("another podlab%s is at work on images in %s: waiting for it", holder(path), c.dir)
		_, err = file.TryLockContext(ctx, lockPoll)
	}
	if err == nil {
		// In place: the lock lives in this inode.
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

// sweep removes what was half made.
func (c *cache) sweep() error {
	tmp := filepath.Join(c.dir, "tmp")
	left, err := os.ReadDir(tmp)
	for _, entry := range left {
		err = errors.Join(err, os.RemoveAll(filepath.Join(tmp, entry.Name())))
	}
	return err
}

// prune removes entries that none of these steps makes and that nobody has
// used for a while.
func (c *cache) prune(keep []*step) error {
	current := make(map[string]bool, len(keep))
	for _, s := range keep {
		current[s.entry()] = true
	}
	return c.remove(func(name string, used time.Time) bool {
		return !current[name] && time.Since(used) > keepUnused
	})
}

// remove removes those entries that unwanted wants to be rid of.
func (c *cache) remove(unwanted func(name string, used time.Time) bool) error {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("read cache: %w", err)
	}
	for _, entry := range entries {
		info, infoErr := entry.Info()
		if errors.Is(infoErr, fs.ErrNotExist) || !isEntry(entry.Name()) || !unwanted(entry.Name(), info.ModTime()) {
			continue
		}
		err = errors.Join(err, os.RemoveAll(filepath.Join(c.dir, entry.Name())))
	}
	return err
}

// isEntry says whether a file of the cache's is what a step made.
func isEntry(name string) bool {
	_, key, ok := cutLast(name, "-")
	return ok && len(key) == 16
}

// cutLast is strings.Cut around the last separator.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}
