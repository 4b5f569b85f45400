package graph

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"podlab/internal/state"
)

// keepUnused is how long [Cache.Prune] keeps a result that no current step
// makes, for users who switch between two versions of podlab.
const keepUnused = 7 * 24 * time.Hour

// A Cache keeps the results of steps in a directory:
//
//	<slug>-<key>    complete results
//	tmp/            unfinished results
//	log/<slug>.log  output of each step's last run
//	durations.json  duration of each step's last run, in milliseconds by name
//	lock            held by the process that builds
type Cache struct {
	dir string

	mu        sync.Mutex
	durations map[string]int64
}

// Open returns the cache in dir, which Open makes if necessary.
func Open(dir string) (*Cache, error) {
	c := &Cache{dir: dir, durations: make(map[string]int64)}
	for _, d := range []string{c.tmpDir(), c.logDir()} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("make cache: %w", err)
		}
	}
	// Durations are only shown, so an unreadable file is no error.
	if data, err := os.ReadFile(c.durationsFile()); err == nil {
		_ = json.Unmarshal(data, &c.durations)
	}
	return c, nil
}

func (c *Cache) tmpDir() string             { return filepath.Join(c.dir, "tmp") }
func (c *Cache) logDir() string             { return filepath.Join(c.dir, "log") }
func (c *Cache) logFile(name string) string { return filepath.Join(c.logDir(), slug(name)+".log") }
func (c *Cache) durationsFile() string      { return filepath.Join(c.dir, "durations.json") }

// Path is where the step's result is or will be.
func (c *Cache) Path(s *Step) string { return filepath.Join(c.dir, s.ID()) }

// has says whether the step's result is there, and marks it as used.
func (c *Cache) has(s *Step) bool {
	now := time.Now()
	return os.Chtimes(c.Path(s), now, now) == nil
}

// LastDuration is what [Cache.SaveDuration] last saved under that name, or 0.
func (c *Cache) LastDuration(name string) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Duration(c.durations[name]) * time.Millisecond
}

// SaveDuration saves how long something took.
func (c *Cache) SaveDuration(name string, took time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.durations[name] = took.Milliseconds()
	data, err := json.MarshalIndent(c.durations, "", "  ")
	if err != nil {
		return fmt.Errorf("encode durations: %w", err)
	}
	return state.WriteFile(c.durationsFile(), append(data, '\n'), 0o600)
}

// Prune removes results that none of these steps makes and that have not been
// used for a while.
func (c *Cache) Prune(keep []*Step) error {
	current := make(map[string]bool, len(keep))
	for _, s := range keep {
		current[s.ID()] = true
	}
	return c.remove(func(id string, used time.Time) bool {
		return !current[id] && time.Since(used) > keepUnused
	})
}

// RemoveAll removes all results.
func (c *Cache) RemoveAll() error {
	return c.remove(func(string, time.Time) bool { return true })
}

// remove removes the results that match.
func (c *Cache) remove(match func(id string, used time.Time) bool) error {
	files, err := os.ReadDir(c.dir)
	if err != nil {
		return fmt.Errorf("read cache: %w", err)
	}
	for _, file := range files {
		info, infoErr := file.Info()
		if errors.Is(infoErr, fs.ErrNotExist) || !isResult(file.Name()) || !match(file.Name(), info.ModTime()) {
			continue
		}
		err = errors.Join(err, os.RemoveAll(filepath.Join(c.dir, file.Name())))
	}
	return err
}

// isResult says whether a file of the cache is a step's result.
func isResult(name string) bool {
	i := strings.LastIndexByte(name, '-')
	return i >= 0 && len(name)-i-1 == keyLength
}
