package proc

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/testkit/actor"
)

// TestScanAgain: what a scanner remembers of sleepers is what it finds anew,
// and of those that did something it remembers nothing.
func TestScanAgain(t *testing.T) {
	crowd, changing := actor.Start(t, actor.Isolated, "server", "3"), actor.Start(t, 0, "changing")
	s := NewScanner()
	defer s.Close()
	first := scanAgain(t, s)
	for range 3 {
		again := scanAgain(t, s)
		if s.asleep[strconv.Itoa(crowd.PID)] == nil {
			t.Error("an idle process is not known to sleep")
		}
		for _, p := range first.Processes {
			if p.PID != crowd.PID && p.PPID != crowd.PID {
				continue
			}
			if got := again.Find(p.PID); !cmp.Equal(got, &p) {
				t.Errorf("again: %s", cmp.Diff(&p, got))
			}
		}
	}
	before := *first.Find(changing.PID)
	if said := changing.Tell(t, "other"); said != "other <nil>" {
		t.Skipf("it may not change: %s", said)
	}
	after := *scanAgain(t, s).Find(changing.PID)
	if after.Name != "other" || after.UID != 4711 || after.Namespaces.UTS == before.Namespaces.UTS || after.Namespaces.Net != before.Namespaces.Net {
		t.Errorf("before %+v, after %+v", before, after)
	}
	changing.Kill()
	if p := scanAgain(t, s).Find(changing.PID); p != nil {
		t.Errorf("it was killed and is there: %+v", p)
	}
}
