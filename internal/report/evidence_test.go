package report

import (
	"bytes"
	"strings"
	"testing"

	"podlab/internal/text"
	"podlab/internal/verdict"
)

func TestTextShowsOfAPassWhatTells(t *testing.T) {
	r := &Report{
		Lab:   "lab-2",
		Tasks: []Task{{ID: "s/t", MaxPoints: 1}},
		Checks: []Check{{ID: "s/t/c", Evidence: map[string]any{
			"pod.sandbox.ready": true,
			"pod.sandbox.pid":   int64(42),
			"fromKillMs":        []any{strings.Repeat("0 process-exited ", 2), strings.Repeat("104 sandbox-stopped ", 2)},
		}}},
	}
	for verdict, wantBool := range map[verdict.Verdict]bool{verdict.Pass: false, verdict.Fail: true} {
		r.Checks[0].Verdict = verdict
		var out bytes.Buffer
		if err := Render(&out, Text, r, Options{Lang: text.English, Width: 100}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "pod.sandbox.ready"); got != wantBool {
			t.Errorf("%s: a boolean is shown: %v, want %v", verdict, got, wantBool)
		}
		if !strings.Contains(out.String(), "pod.sandbox.pid") {
			t.Errorf("%s: the pid is not shown", verdict)
		}
		if strings.Count(out.String(), "│") != len(r.Checks[0].Evidence)+1-map[bool]int{true: 0, false: 1}[wantBool] {
			t.Errorf("%s: the long list has not a line for each item:\n%s", verdict, out.String())
		}
	}
}
