package proc

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/testkit/actor"
)

// TestScanUsesCache checks that a scanner reports cached sleepers like new
// processes, and does not use the cache for a process that changed.
func TestScanUsesCache(t *testing.T) {
	server, changing := actor.Start(t, actor.Isolated, "server", "3"), actor.Start(t, 0, "changing")
	s := newTestScanner(t)
	first := scanAgain(t, s)
	for range 3 {
		again := scanAgain(t, s)
		if s.sleepers[strconv.Itoa(server.PID)] == nil {
			t.Error("an idle process is not in the cache")
		}
		for _, p := range first.Processes {
			if p.PID != server.PID && p.PPID != server.PID {
				continue
			}
			if got := again.Find(p.PID); !cmp.Equal(got, &p) {
				t.Errorf("second scan (-want +got):\n%s", cmp.Diff(&p, got))
			}
		}
	}
	before := *first.Find(changing.PID)
	if reply := changing.Ask(t, "other"); reply != "other <nil>" {
		t.Skipf("the actor can't change: %s", reply)
	}
	after := *scanAgain(t, s).Find(changing.PID)
	if after.Name != "other" || after.UID != 4711 || after.Namespaces.UTS == before.Namespaces.UTS || after.Namespaces.Net != before.Namespaces.Net {
		t.Errorf("before %+v, after %+v", before, after)
	}
	changing.Kill()
	if p := scanAgain(t, s).Find(changing.PID); p != nil {
		t.Errorf("the table has a killed process: %+v", p)
	}
}
