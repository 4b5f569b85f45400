package report

import (
	"bytes"
	"strings"
	"testing"

	"podlab/internal/text"
	"podlab/internal/verdict"
)

func TestTextHidesBooleansOfPassedChecks(t *testing.T) {
	r := &Report{
		Lab:       "lab-2",
		Scenarios: []Scenario{{Name: "s"}},
		Tasks:     []Task{{ID: "s/t", MaxPoints: 1}},
		Checks: []Check{{ID: "s/t/c", Evidence: map[string]any{
			"pod.sandbox.ready": true,
			"pod.sandbox.pid":   int64(42),
			"fromKillMs":        []any{strings.Repeat("0 process-exited ", 2), strings.Repeat("104 sandbox-stopped ", 2)},
		}}},
	}
	for _, c := range []struct {
		verdict  verdict.Verdict
		wantBool bool
		wantRows int // the long list has two
	}{
		{verdict.Pass, false, 3},
		{verdict.Fail, true, 4},
	} {
		r.Checks[0].Verdict = c.verdict
		var out bytes.Buffer
		if err := Render(&out, Text, r, Options{Lang: text.English, Width: 100}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), "pod.sandbox.ready"); got != c.wantBool {
			t.Errorf("%s: shows a boolean: %v, want %v", c.verdict, got, c.wantBool)
		}
		if !strings.Contains(out.String(), "pod.sandbox.pid") {
			t.Errorf("%s: the pid is missing", c.verdict)
		}
		if got := strings.Count(out.String(), "│"); got != c.wantRows {
			t.Errorf("%s: got %d rows of evidence, want %d:\n%s", c.verdict, got, c.wantRows, out.String())
		}
	}
}
