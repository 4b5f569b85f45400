package graph

import (
	"bytes"
	"context"
	"errors"
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

// kitchen is a graph whose steps write down what they read, and are counted.
type kitchen struct {
	flour, dough, sauce, pizza *Step
	runs                       sync.Map
}

const oven Resource = "oven"

func newKitchen(flour string) *kitchen {
	k := &kitchen{}
	k.flour = k.step("flour", flour)
	k.dough = k.step("dough", "knead", k.flour)
	k.sauce = k.step("sauce", "cook")
	k.pizza = k.step("pizza", "bake", k.dough, k.sauce)
	return k
}

func (k *kitchen) step(name, recipe string, needs ...*Step) *Step {
	s := &Step{Name: name, Uses: oven, Recipe: []string{recipe}, Needs: needs}
	s.Run = func(_ context.Context, j *Job) error {
		count, _ := k.runs.LoadOrStore(name, new(atomic.Int64))
		count.(*atomic.Int64).Add(1)
		text := recipe
		for _, need := range needs {
			data, err := os.ReadFile(j.In(need))
			if err != nil {
				return err
			}
			text += "(" + string(data) + ")"
		}
		return os.WriteFile(j.Out, []byte(text), 0o600)
	}
	return s
}

// ran lists the steps that ran, and how often.
func (k *kitchen) ran() []string {
	var names []string
	k.runs.Range(func(name, count any) bool {
		names = append(names, name.(string)+":"+strconv.FormatInt(count.(*atomic.Int64).Load(), 10))
		return true
	})
	slices.Sort(names)
	return names
}

func newCache(t *testing.T) *Cache {
	t.Helper()
	c, err := Open(filepath.Join(t.TempDir(), "images"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func build(ctx context.Context, c *Cache, goals ...*Step) error {
	return NewBuilder(c, progress.Discard, map[Resource]int{oven: 2}).Build(ctx, goals...)
}

func mustBuild(t *testing.T, c *Cache, goals ...*Step) {
	t.Helper()
	if err := build(t.Context(), c, goals...); err != nil {
		t.Fatal(err)
	}
}

// checkNothingUnfinished checks that no step left unfinished files.
func checkNothingUnfinished(t *testing.T, c *Cache) {
	t.Helper()
	left, err := os.ReadDir(c.tmpDir())
	if err != nil || len(left) > 0 {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
}

func TestStepsRunOnceAndInOrder(t *testing.T) {
	c, k := newCache(t), newKitchen("wheat")
	for range 2 {
		mustBuild(t, c, k.pizza)
	}
	data, err := os.ReadFile(c.Path(k.pizza))
	if want := "bake(knead(wheat))(cook)"; err != nil || string(data) != want {
		t.Errorf("got %q, %v; want %q", data, err, want)
	}
	if got, want := k.ran(), []string{"dough:1", "flour:1", "pizza:1", "sauce:1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

func TestOnlyChangedStepsRunAgain(t *testing.T) {
	c := newCache(t)
	mustBuild(t, c, newKitchen("wheat").pizza)
	changed := newKitchen("rye")
	mustBuild(t, c, changed.pizza)
	if got, want := changed.ran(), []string{"dough:1", "flour:1", "pizza:1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

func TestNeedsOfCachedStepsDoNotRun(t *testing.T) {
	c, k := newCache(t), newKitchen("wheat")
	mustBuild(t, c, k.dough, k.sauce)
	if err := os.Remove(c.Path(k.flour)); err != nil {
		t.Fatal(err)
	}
	mustBuild(t, c, k.pizza)
	if got, want := k.ran(), []string{"dough:1", "flour:1", "pizza:1", "sauce:1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v", got, want)
	}
}

// TestKeysAreStable guards the users' caches: a new key rebuilds everything.
func TestKeysAreStable(t *testing.T) {
	if got, want := newKitchen("wheat").pizza.ID(), "pizza-62bc2d4e4b1c792d"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFailureNamesStepLogAndLastLines(t *testing.T) {
	c, k := newCache(t), newKitchen("wheat")
	k.dough.Run = func(ctx context.Context, j *Job) error {
		return j.Run(ctx, j.Command(ctx, "sh", "-c", "seq 100; echo no yeast >&2; exit 3"))
	}
	err := build(t.Context(), c, k.pizza)
	failed, ok := errors.AsType[*StepError](err)
	if !ok {
		t.Fatalf("got %v, want a StepError", err)
	}
	log, readErr := os.ReadFile(failed.Log)
	if readErr != nil || !strings.HasPrefix(string(log), "$ sh -c") || !strings.Contains(string(log), "\n57\n") {
		t.Errorf("log %q, %v; want the command and its whole output", log, readErr)
	}
	for _, want := range []string{"dough: run sh: exit status 3\n", "    100\n    no yeast\n", failed.Log} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want %q in it", err, want)
		}
	}
	if strings.Contains(err.Error(), " 57\n") {
		t.Errorf("got %q, want only the last lines", err)
	}
	if slices.Contains(k.ran(), "pizza:1") {
		t.Error("a step ran although its need had failed")
	}
	checkNothingUnfinished(t, c)
}

func TestFullDiskUnderTheLogDoesNotHideTheCommandsError(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no full disk: %v", err)
	}
	c, k := newCache(t), newKitchen("wheat")
	if err := os.Symlink(full, c.logFile("dough")); err != nil {
		t.Fatal(err)
	}
	k.dough.Run = func(ctx context.Context, j *Job) error {
		return j.Command(ctx, "sh", "-c", "seq 100000; echo no yeast >&2; exit 3").Run()
	}
	err := build(t.Context(), c, k.pizza)
	if !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("got %v, want ENOSPC", err)
	}
	for _, want := range []string{"exit status 3", "    no yeast\n"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %q, want %q in it", err, want)
		}
	}
	checkNothingUnfinished(t, c)
}

func TestInterruptedBuildEndsItsProcessesAndCanContinue(t *testing.T) {
	c, k := newCache(t), newKitchen("wheat")
	bake := k.pizza.Run
	pidFile := filepath.Join(t.TempDir(), "pid")
	started := make(chan struct{})
	k.pizza.Run = func(ctx context.Context, j *Job) error {
		// The shell's child survives if only the shell is killed.
		cmd := j.Command(ctx, "sh", "-c", `sleep 1000 & echo $! > "$0.new"; mv "$0.new" "$0"; echo begun; wait`, pidFile)
		cmd.Stdout = closeOnWrite(started)
		if err := os.WriteFile(j.Out, []byte("half"), 0o600); err != nil {
			return err
		}
		return j.Run(ctx, cmd)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() { <-started; cancel(errors.New("Ctrl-C")) }()
	err := build(ctx, c, k.pizza)
	if err == nil || err.Error() != "Ctrl-C" {
		t.Errorf("got %v, want the cause of the interruption", err)
	}
	if c.has(k.pizza) {
		t.Error("the interrupted step has a result")
	}
	checkNothingUnfinished(t, c)
	data, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if !gone(pid) {
		t.Errorf("process %d is still there", pid)
	}

	k.pizza.Run = bake
	mustBuild(t, c, k.pizza)
	if got, want := k.ran(), []string{"dough:1", "flour:1", "pizza:1", "sauce:1"}; !slices.Equal(got, want) {
		t.Errorf("ran %v, want %v: finished steps must not run again", got, want)
	}
}

// closeOnWrite closes a channel at the first write.
func closeOnWrite(c chan struct{}) writerFunc {
	var once sync.Once
	return func(p []byte) (int, error) {
		once.Do(func() { close(c) })
		return len(p), nil
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// gone waits until a killed process is gone or a zombie.
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
