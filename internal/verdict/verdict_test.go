package verdict_test

import (
	"testing"

	"podlab/internal/text"
	"podlab/internal/verdict"
)

const (
	pass    = verdict.Pass
	fail    = verdict.Fail
	unknown = verdict.Unknown
	skipped = verdict.Skipped
)

func TestWorst(t *testing.T) {
	for _, c := range []struct {
		parts []verdict.Verdict
		want  verdict.Verdict
	}{
		{nil, unknown},
		{[]verdict.Verdict{pass}, pass},
		{[]verdict.Verdict{pass, pass}, pass},
		{[]verdict.Verdict{pass, fail, pass}, fail},
		{[]verdict.Verdict{fail, unknown}, unknown},
		{[]verdict.Verdict{unknown, fail, pass}, unknown},
		{[]verdict.Verdict{skipped}, skipped},
		{[]verdict.Verdict{skipped, pass}, pass},
		{[]verdict.Verdict{pass, skipped}, pass},
		{[]verdict.Verdict{fail, skipped}, fail},
		{[]verdict.Verdict{skipped, unknown}, unknown},
		{[]verdict.Verdict{pass, "pass"}, unknown},
		{[]verdict.Verdict{""}, unknown},
	} {
		if got := verdict.Worst(c.parts...); got != c.want {
			t.Errorf("%v: got %s, want %s", c.parts, got, c.want)
		}
	}
}

func TestReason(t *testing.T) {
	for _, c := range []struct {
		reason verdict.Reason
		lang   text.Lang
		want   string
	}{
		{verdict.Reason{}, text.English, ""},
		{verdict.Reason{Code: verdict.Absent, Subject: "pod nginx"}, text.English, "there is no pod nginx"},
		{verdict.Reason{Code: verdict.Absent, Subject: "pod nginx"}, text.Korean, "pod nginx: 존재하지 않습니다"},
		{
			verdict.Reason{Code: verdict.Missing, Subject: "nodes.w", Detail: "timeout"},
			text.English,
			"nodes.w could not be observed: timeout",
		},
		{verdict.Reason{Code: "new", Detail: "a detail"}, text.Korean, "a detail"},
	} {
		if got := c.reason.In(c.lang); got != c.want {
			t.Errorf("%v: got %q, want %q", c.reason, got, c.want)
		}
	}
	for _, code := range []verdict.ReasonCode{
		verdict.Absent, verdict.Missing, verdict.Undecidable, verdict.TooCostly, verdict.Interrupted, verdict.NotRun, verdict.Lacks,
	} {
		for _, lang := range []text.Lang{text.English, text.Korean} {
			if (verdict.Reason{Code: code}).In(lang) == "" {
				t.Errorf("%s has no sentence in %s", code, lang)
			}
		}
	}
}
