package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"podlab/internal/progress"
)

// kitchen is a graph whose steps write down what they read, and count.
type kitchen struct {
	flour, dough, sauce, pizza *step
	runs                       sync.Map
}

func newKitchen(flour string) *kitchen {
	k := &kitchen{}
	k.flour = k.step("flour", flour)
	k.dough = k.step("dough", "knead", k.flour)
	k.sauce = k.step("sauce", "cook")
	k.pizza = k.step("pizza", "bake", k.dough, k.sauce)
	return k
}

func (k *kitchen) step(name, recipe string, needs ...*step) *step {
	s := &step{name: name, uses: packer, recipe: []string{recipe}, needs: needs}
	s.run = func(_ context.Context, j *job) error {
		count, _ := k.runs.LoadOrStore(name, new(atomic.Int64))
		count.(*atomic.Int64).Add(1)
		text := recipe
		for _, need := range needs {
			data, err := os.ReadFile(j.in(need))
			if err != nil {
				return err
			}
			text += "(" + string(data) + ")"
		}
		return os.WriteFile(j.out, []byte(text), 0o600)
	}
	return s
}

func (k *kitchen) ran() []string {
	var names []string
	k.runs.Range(func(name, count any) bool {
		names = append(names, name.(string)+":"+strconv.FormatInt(count.(*atomic.Int64).Load(), 10))
		return true
	})
	slices.Sort(names)
	return names
}

func testCache(t *testing.T) *cache {
	t.Helper()
	c, err := newCache(filepath.Join(t.TempDir(), "images"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestStepsRunOnceAndInOrder(t *testing.T) {
	c, k := testCache(t), newKitchen("wheat")
	for range 2 {
		if err := newBuilder(c, progress.Discard).make(t.Context(), k.pizza); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(c.path(k.pizza))
	if want := "bake(knead(wheat))(cook)"; err != nil || string(data) != want {
		t.Errorf("got %q, %v; want %q", data, err, want)
	}
	if got, want := k.ran(), []string{"dough:1", "flour:1", "pizza:1", "sauce:1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

func TestOnlyWhatHasChangedRuns(t *testing.T) {
	c := testCache(t)
	if err := newBuilder(c, progress.Discard).make(t.Context(), newKitchen("wheat").pizza); err != nil {
		t.Fatal(err)
	}
	changed := newKitchen("rye")
	if err := newBuilder(c, progress.Discard).make(t.Context(), changed.pizza); err != nil {
		t.Fatal(err)
	}
	if got, want := changed.ran(), []string{"dough:1", "flour:1", "pizza:1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

func TestWhatIsNeededByNothingMissingIsNotMade(t *testing.T) {
	c, k := testCache(t), newKitchen("wheat")
	if err := newBuilder(c, progress.Discard).make(t.Context(), k.dough, k.sauce); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(c.path(k.flour)); err != nil {
		t.Fatal(err)
	}
	if err := newBuilder(c, progress.Discard).make(t.Context(), k.pizza); err != nil {
		t.Fatal(err)
	}
	if got, want := k.ran(), []string{"dough:1", "flour:1", "pizza:1", "sauce:1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

func TestFailureNamesStepLogAndLastLines(t *testing.T) {
	c, k := testCache(t), newKitchen("wheat")
	k.dough.run = func(ctx context.Context, j *job) error {
		return j.do(ctx, j.command(ctx, "sh", "-c", "seq 100; echo no yeast >&2; exit 3"))
	}
	err := newBuilder(c, progress.Discard).make(t.Context(), k.pizza)
	failed, ok := errors.AsType[*StepError](err)
	if !ok {
		t.Fatalf("got %v, want a StepError", err)
	}
	log, readErr := os.ReadFile(failed.Log)
	if readErr != nil || !strings.HasPrefix(string(log), "$ sh -c") || !strings.Contains(string(log), "\n57\n") {
		t.Errorf("log %q, %v; want the command and all it said", log, readErr)
	}
	for _, want := range []string{"dough: run sh: exit status 3\n", "    100\n    no yeast\n", failed.Log} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q has no %q", err, want)
		}
	}
	if strings.Contains(err.Error(), " 57\n") {
		t.Errorf("%q has more than the last lines", err)
	}
	if slices.Contains(k.ran(), "pizza:1") {
		t.Error("what needs it ran all the same")
	}
	nothingHalfMade(t, c)
}

func TestFullDiskUnderTheLogIsSaidWithTheCommandsOwnTrouble(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no disk that is full: %v", err)
	}
	c, k := testCache(t), newKitchen("wheat")
	if err := os.Symlink(full, c.logFile("dough")); err != nil {
		t.Fatal(err)
	}
	k.dough.run = func(ctx context.Context, j *job) error {
		cmd := j.command(ctx, "sh", "-c", "seq 100000; echo no yeast >&2; exit 3")
		return cmd.Run()
	}
	err := newBuilder(c, progress.Discard).make(t.Context(), k.pizza)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want that the disk is full", err)
	}
	for _, want := range []string{"exit status 3", "    no yeast\n"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q has no %q", err, want)
		}
	}
	nothingHalfMade(t, c)
}

func nothingHalfMade(t *testing.T, c *cache) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(c.dir, "tmp"))
	if err != nil || len(left) > 0 {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
}

func TestInterruptedBuildEndsItsProcessesAndGoesOn(t *testing.T) {
	c, k := testCache(t), newKitchen("wheat")
	bake := k.pizza.run
	pidFile := filepath.Join(t.TempDir(), "pid")
	started := make(chan struct{})
	k.pizza.run = func(ctx context.Context, j *job) error {
		// The shell's child outlives a shell that is killed alone.
		cmd := j.command(ctx, "sh", "-c", `sleep 1000 & echo $! > "$0.new"; mv "$0.new" "$0"; echo begun; wait`, pidFile)
		cmd.Stdout = signalWriter(started)
		if err := os.WriteFile(j.out, []byte("half"), 0o600); err != nil {
			return err
		}
		return j.do(ctx, cmd)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-started; cancel(errors.New("Ctrl-C")) }()
	err := newBuilder(c, progress.Discard).make(ctx, k.pizza)
	if err == nil || err.Error() != "Ctrl-C" {
		t.Errorf("got %v, want the cause of the interruption", err)
	}
	if c.has(k.pizza) {
		t.Error("there is an entry of what was interrupted")
	}
	nothingHalfMade(t, c)
	data, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if !gone(pid) {
		t.Errorf("pid %d goes on", pid)
	}

	k.pizza.run = bake
	if err := newBuilder(c, progress.Discard).make(t.Context(), k.pizza); err != nil {
		t.Fatal(err)
	}
	if got, want := k.ran(), []string{"dough:1", "flour:1", "pizza:1", "sauce:1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v: what was done before is kept", got, want)
	}
}

// signalWriter closes a channel at the first write.
func signalWriter(c chan struct{}) writerFunc {
	var once sync.Once
	return func(p []byte) (int, error) {
		once.Do(func() { close(c) })
		return len(p), nil
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// gone waits a little for the end of a process that was killed; one that
// nobody has reaped yet is gone, too.
func gone(pid int) bool {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
			return true
		}
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil || bytes.Contains(stat, []byte(") Z ")) {
			return true
		}
	}
	return false
}

// said is a Reporter that keeps lines.
type said struct {
	progress.Reporter
	mu    sync.Mutex
	lines []string
	heard chan struct{}
}

func listen() *said { return &said{Reporter: progress.Discard, heard: make(chan struct{}, 100)} }

func (s *said) Log(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, strings.TrimSpace(fmt.Sprintf(format, args...)))
	s.heard <- struct{}{}
}

func (s *said) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

func TestSecondBuilderWaitsAndSaysSo(t *testing.T) {
	c := testCache(t)
	unlock, err := c.lock(t.Context(), progress.Discard)
	if err != nil {
		t.Fatal(err)
	}
	other, err := newCache(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	report := listen()
	locked := make(chan error, 1)
	go func() {
		unlockOther, err := other.lock(t.Context(), report)
		if err == nil {
			unlockOther()
		}
		locked <- err
	}()
	<-report.heard
	select {
	case err := <-locked:
		t.Fatalf("the lock was given twice: %v", err)
	default:
	}
	if want := "pid " + strconv.Itoa(os.Getpid()); !strings.Contains(report.all(), want) {
		t.Errorf("said %q, want %q in it", report.all(), want)
	}
	unlock()
	if err := <-locked; err != nil {
		t.Error(err)
	}
}

func TestWaitingForTheLockCanBeInterrupted(t *testing.T) {
	c := testCache(t)
	unlock, err := c.lock(t.Context(), progress.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	report := listen()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-report.heard; cancel() }()
	if _, err := c.lock(ctx, report); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that it was canceled", err)
	}
}

func TestLockSweepsWhatAKilledBuilderLeft(t *testing.T) {
	c := testCache(t)
	if err := os.MkdirAll(filepath.Join(c.dir, "tmp", "pizza-123", "out"), 0o700); err != nil {
		t.Fatal(err)
	}
	unlock, err := c.lock(t.Context(), progress.Discard)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	nothingHalfMade(t, c)
}

func TestDurationsAreRemembered(t *testing.T) {
	c := testCache(t)
	if err := c.remember("pizza", 90*time.Second); err != nil {
		t.Fatal(err)
	}
	again, err := newCache(c.dir)
	if err != nil || again.last("pizza") != 90*time.Second || again.last("salad") != 0 {
		t.Errorf("got %v and %v, %v; want 90s and 0", again.last("pizza"), again.last("salad"), err)
	}
}

func TestPruneKeepsWhatIsCurrentOrWasUsedLately(t *testing.T) {
	c, old, k := testCache(t), newKitchen("wheat"), newKitchen("rye")
	for _, goal := range []*step{old.pizza, k.pizza} {
		if err := newBuilder(c, progress.Discard).make(t.Context(), goal); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-2 * keepUnused)
	for _, s := range []*step{old.flour, k.flour} {
		if err := os.Chtimes(c.path(s), long, long); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.prune(reachable([]*step{k.pizza})); err != nil {
		t.Fatal(err)
	}
	_, oldErr := os.Stat(c.path(old.flour))
	_, currentErr := os.Stat(c.path(k.flour))
	_, lateErr := os.Stat(c.path(old.pizza))
	if !errors.Is(oldErr, os.ErrNotExist) || currentErr != nil || lateErr != nil {
		t.Errorf("old %v, current %v, lately used %v; want only the old one gone", oldErr, currentErr, lateErr)
	}
	if _, err := os.Stat(c.durationsFile()); err != nil {
		t.Errorf("durations: %v; want them kept", err)
	}
}
