package report

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/verdict"
)

const (
	pass    = verdict.Pass
	fail    = verdict.Fail
	unknown = verdict.Unknown
	skipped = verdict.Skipped
)

func TestGradeTask(t *testing.T) {
	for _, c := range []struct {
		checks []verdict.Verdict
		want   grade
	}{
		{[]verdict.Verdict{pass, pass}, grade{Verdict: pass, Points: 5, MaxPoints: 5}},
		{[]verdict.Verdict{pass, fail}, grade{Verdict: fail, MaxPoints: 5}},
		{[]verdict.Verdict{pass, unknown}, grade{Verdict: unknown, MaxPoints: 5}},
		{nil, grade{Verdict: unknown, MaxPoints: 5}},
		{[]verdict.Verdict{skipped}, grade{Verdict: skipped}},
	} {
		if diff := cmp.Diff(c.want, gradeTask(5, c.checks)); diff != "" {
			t.Errorf("%v: (-want +got)\n%s", c.checks, diff)
		}
	}
}

func TestSum(t *testing.T) {
	for _, c := range []struct {
		tasks []grade
		want  grade
		exit  int
	}{
		{nil, grade{Verdict: unknown}, 3},
		{[]grade{{pass, 5, 5}, {pass, 7, 7}}, grade{Verdict: pass, Points: 12, MaxPoints: 12}, 0},
		{[]grade{{pass, 5, 5}, {fail, 0, 7}}, grade{Verdict: fail, Points: 5, MaxPoints: 12}, 1},
		{[]grade{{unknown, 0, 5}, {fail, 0, 7}}, grade{Verdict: unknown, MaxPoints: 12}, 3},
		{[]grade{{pass, 5, 5}, {skipped, 0, 0}}, grade{Verdict: pass, Points: 5, MaxPoints: 5}, 0},
		{[]grade{{skipped, 0, 0}}, grade{Verdict: skipped}, 3},
	} {
		got := sum(c.tasks...)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v: (-want +got)\n%s", c.tasks, diff)
		}
		if exit := got.Verdict.ExitCode(); exit != c.exit {
			t.Errorf("%v: exit code %d, want %d", c.tasks, exit, c.exit)
		}
	}
}
