package graph

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"podlab/internal/progress"
)

// lines is a Reporter that sends each line of Log.
type lines struct {
	progress.Reporter
	said chan string
}

func newLines() *lines { return &lines{Reporter: progress.Discard, said: make(chan string, 1)} }

func (l *lines) Log(format string, args ...any) { l.said <- fmt.Sprintf(format, args...) }

func mustLock(t *testing.T, c *Cache) (unlock func()) {
	t.Helper()
	unlock, err := c.Lock(t.Context(), progress.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return unlock
}

func TestSecondBuilderWaitsAndNamesTheHolder(t *testing.T) {
	c := newCache(t)
	unlock := mustLock(t, c)
	other, err := Open(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	report := newLines()
	locked := make(chan error, 1)
	go func() {
		unlockOther, err := other.Lock(t.Context(), report)
		if err == nil {
			unlockOther()
		}
		locked <- err
	}()
	if line, want := <-report.said, "pid "+strconv.Itoa(os.Getpid()); !strings.Contains(line, want) {
		t.Errorf("got %q, want %q in it", line, want)
	}
	select {
	case err := <-locked:
		t.Fatalf("two builders had the lock: %v", err)
	default:
	}
	unlock()
	if err := <-locked; err != nil {
		t.Error(err)
	}
}

func TestWaitForTheLockCanBeInterrupted(t *testing.T) {
	c := newCache(t)
	defer mustLock(t, c)()
	report := newLines()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-report.said; cancel() }()
	if _, err := c.Lock(ctx, report); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestLockRemovesWhatAKilledBuilderLeft(t *testing.T) {
	c := newCache(t)
	if err := os.MkdirAll(filepath.Join(c.tmpDir(), "pizza-123", "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	mustLock(t, c)()
	checkNothingUnfinished(t, c)
}
