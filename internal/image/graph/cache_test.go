package graph

import (
	"errors"
	"os"
	"testing"
	"time"

	"podlab/internal/progress"
)

func TestDurationsAreSaved(t *testing.T) {
	c := newCache(t)
	if err := c.SaveDuration("pizza", 90*time.Second); err != nil {
		t.Fatal(err)
	}
	again, err := Open(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	if pizza, salad := again.LastDuration("pizza"), again.LastDuration("salad"); pizza != 90*time.Second || salad != 0 {
		t.Errorf("got %v and %v, want 90s and 0", pizza, salad)
	}
}

func TestPruneKeepsCurrentAndRecentlyUsedResults(t *testing.T) {
	c, old, k := newCache(t), newKitchen("wheat"), newKitchen("rye")
	mustBuild(t, c, old.pizza, k.pizza)
	longAgo := time.Now().Add(-2 * keepUnused)
	for _, s := range []*Step{old.flour, k.flour} {
		if err := os.Chtimes(c.Path(s), longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Prune(Closure(k.pizza)); err != nil {
		t.Fatal(err)
	}
	_, oldErr := os.Stat(c.Path(old.flour))
	_, currentErr := os.Stat(c.Path(k.flour))
	_, recentErr := os.Stat(c.Path(old.pizza))
	if !errors.Is(oldErr, os.ErrNotExist) || currentErr != nil || recentErr != nil {
		t.Errorf("old: %v, current: %v, recently used: %v; want only the old result gone", oldErr, currentErr, recentErr)
	}
}

func TestRemoveAllRemovesOnlyResults(t *testing.T) {
	c, k := newCache(t), newKitchen("wheat")
	unlock, err := c.Lock(t.Context(), progress.Discard)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	mustBuild(t, c, k.pizza)
	if err := c.RemoveAll(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(c.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range left {
		if isResult(file.Name()) {
			t.Errorf("left %s", file.Name())
		}
	}
	for _, path := range []string{c.durationsFile(), c.tmpDir(), c.logDir(), c.dir + "/lock"} {
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}
