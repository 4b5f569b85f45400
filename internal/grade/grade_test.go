package grade_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/grade"
	"podlab/internal/text"
)

const (
	pass    = grade.Pass
	fail    = grade.Fail
	unknown = grade.Unknown
	skipped = grade.Skipped
)

func TestWorst(t *testing.T) {
	for _, c := range []struct {
		parts []grade.Verdict
		want  grade.Verdict
	}{
		{nil, unknown},
		{[]grade.Verdict{pass}, pass},
		{[]grade.Verdict{pass, pass}, pass},
		{[]grade.Verdict{pass, fail, pass}, fail},
		{[]grade.Verdict{fail, unknown}, unknown},
		{[]grade.Verdict{unknown, fail, pass}, unknown},
		{[]grade.Verdict{skipped}, skipped},
		{[]grade.Verdict{skipped, pass}, pass},
		{[]grade.Verdict{pass, skipped}, pass},
		{[]grade.Verdict{fail, skipped}, fail},
		{[]grade.Verdict{skipped, unknown}, unknown},
		{[]grade.Verdict{pass, "pass"}, unknown},
		{[]grade.Verdict{""}, unknown},
	} {
		if got := grade.Worst(c.parts...); got != c.want {
			t.Errorf("%v: got %s, want %s", c.parts, got, c.want)
		}
	}
}

func TestGrade(t *testing.T) {
	for _, c := range []struct {
		task grade.Task
		want grade.Grade
	}{
		{grade.Task{MaxPoints: 5, Checks: []grade.Verdict{pass, pass}}, grade.Grade{Verdict: pass, Points: 5, MaxPoints: 5}},
		{grade.Task{MaxPoints: 5, Checks: []grade.Verdict{pass, fail}}, grade.Grade{Verdict: fail, MaxPoints: 5}},
		{grade.Task{MaxPoints: 5, Checks: []grade.Verdict{pass, unknown}}, grade.Grade{Verdict: unknown, MaxPoints: 5}},
		{grade.Task{MaxPoints: 5}, grade.Grade{Verdict: unknown, MaxPoints: 5}},
		{grade.Task{MaxPoints: 5, Checks: []grade.Verdict{skipped}}, grade.Grade{Verdict: skipped}},
	} {
		if diff := cmp.Diff(c.want, c.task.Grade()); diff != "" {
			t.Errorf("%v: (-want +got)\n%s", c.task, diff)
		}
	}
}

func TestSum(t *testing.T) {
	for _, c := range []struct {
		tasks []grade.Grade
		want  grade.Grade
		exit  int
	}{
		{nil, grade.Grade{Verdict: unknown}, 3},
		{[]grade.Grade{{pass, 5, 5}, {pass, 7, 7}}, grade.Grade{Verdict: pass, Points: 12, MaxPoints: 12}, 0},
		{[]grade.Grade{{pass, 5, 5}, {fail, 0, 7}}, grade.Grade{Verdict: fail, Points: 5, MaxPoints: 12}, 1},
		{[]grade.Grade{{unknown, 0, 5}, {fail, 0, 7}}, grade.Grade{Verdict: unknown, MaxPoints: 12}, 3},
		{[]grade.Grade{{pass, 5, 5}, {skipped, 0, 0}}, grade.Grade{Verdict: pass, Points: 5, MaxPoints: 5}, 0},
		{[]grade.Grade{{skipped, 0, 0}}, grade.Grade{Verdict: skipped}, 3},
	} {
		got := grade.Sum(c.tasks...)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%v: (-want +got)\n%s", c.tasks, diff)
		}
		if exit := got.Verdict.ExitCode(); exit != c.exit {
			t.Errorf("%v: exit code %d, want %d", c.tasks, exit, c.exit)
		}
	}
}

func TestReason(t *testing.T) {
	for _, c := range []struct {
		reason grade.Reason
		lang   text.Lang
		want   string
	}{
		{grade.Reason{}, text.English, ""},
		{grade.Reason{Code: grade.Absent, Subject: "pod nginx"}, text.English, "pod nginx is not there"},
		{grade.Reason{Code: grade.Absent, Subject: "pod nginx"}, text.Korean, "pod nginx: 존재하지 않습니다"},
		{
			grade.Reason{Code: grade.Missing, Subject: "nodes.w", Detail: "timeout"},
			text.English,
			"nodes.w could not be observed: timeout",
		},
		{grade.Reason{Code: "new", Detail: "said"}, text.Korean, "said"},
	} {
		if got := c.reason.In(c.lang); got != c.want {
			t.Errorf("%v: got %q, want %q", c.reason, got, c.want)
		}
	}
	for _, code := range []grade.ReasonCode{
		grade.Absent, grade.Missing, grade.Undecidable, grade.TooCostly, grade.Interrupted, grade.NotRun, grade.Lacks,
	} {
		for _, lang := range []text.Lang{text.English, text.Korean} {
			if (grade.Reason{Code: code}).In(lang) == "" {
				t.Errorf("%s has no sentence in %s", code, lang)
			}
		}
	}
}
