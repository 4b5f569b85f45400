package server

import (
	"testing"

	"podlab/internal/nodeprobe/api"
)

// What was not waited for is worth waiting for when it is wanted, and what was
// waited for in vain is not, whoever asked for something else in between.
func TestWorthWaiting(t *testing.T) {
	a, b := contradiction{"a", "sandbox 1"}, contradiction{"b", "sandbox 2"}
	s := &Server{}
	if !s.worthWaiting([]contradiction{a, b}, []string{"a"}) || s.worthWaiting([]contradiction{b}, []string{"a"}) {
		t.Error("it waits for what is not wanted, or not for what is")
	}
	s.finish(&api.Snapshot{}, []contradiction{a, b}, []string{"a"})
	if s.worthWaiting([]contradiction{a, b}, []string{"a"}) {
		t.Error("it waits again for what it has waited for in vain")
	}
	if !s.worthWaiting([]contradiction{a, b}, []string{"b"}) || !s.worthWaiting([]contradiction{a, b}, nil) {
		t.Error("it does not wait for what nobody has waited for")
	}
	s.finish(&api.Snapshot{}, []contradiction{a, b}, []string{"b"})
	if s.worthWaiting([]contradiction{a, b}, nil) {
		t.Error("it has forgotten what it has waited for in vain")
	}
	if !s.worthWaiting([]contradiction{{"a", changing}}, []string{"a"}) {
		t.Error("it does not wait for a change to end")
	}
}
