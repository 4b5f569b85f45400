package server

import (
	"testing"

	"podlab/internal/nodeprobe/api"
)

// TestMaySettle checks that a snapshot waits for a contradiction in its own kube
// namespaces, but only if no earlier snapshot has timed out waiting for it.
func TestMaySettle(t *testing.T) {
	a, b := contradiction{"a", "sandbox 1"}, contradiction{"b", "sandbox 2"}
	s := &server{}
	if !s.maySettle([]contradiction{a, b}, []string{"a"}) {
		t.Error("it does not wait for a contradiction in its kube namespace")
	}
	if s.maySettle([]contradiction{b}, []string{"a"}) {
		t.Error("it waits for a contradiction in another kube namespace")
	}
	s.finish(&api.Snapshot{}, []contradiction{a, b}, []string{"a"})
	if s.maySettle([]contradiction{a, b}, []string{"a"}) {
		t.Error("it waits again for a contradiction that lasts")
	}
	if !s.maySettle([]contradiction{a, b}, []string{"b"}) || !s.maySettle([]contradiction{a, b}, nil) {
		t.Error("it does not wait for a new contradiction")
	}
	s.finish(&api.Snapshot{}, []contradiction{a, b}, []string{"b"})
	if s.maySettle([]contradiction{a, b}, nil) {
		t.Error("it forgot a contradiction that lasts")
	}
	if !s.maySettle([]contradiction{{"a", listChanged}}, []string{"a"}) {
		t.Error("it does not wait while the runtime's list changes")
	}
}
