package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/report"
	"podlab/internal/text"
	"podlab/internal/verdict"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// example returns a report that has each verdict.
func example(lang text.Lang) *report.Report {
	why := func(en, ko string) text.Text { return text.Text{EN: en, KO: ko} }
	missing := verdict.Reason{Code: verdict.Missing, Subject: "pods.nginx.sandbox", Detail: "myk8s-worker does not answer"}
	r := &report.Report{
		Lab: "lab-2", Title: why("Pause", "pause 컨테이너").In(lang), Lang: lang,
		Cluster: report.Cluster{
			Name: "myk8s", Provider: "docker", Kubernetes: "v1.36.3", Images: "packages",
			Nodes: []string{"myk8s-control-plane", "myk8s-worker"},
		},
		Scenarios: []report.Scenario{
			{Name: "kill-pause", Title: why("Kill the pause process", "pause 프로세스 죽이기").In(lang)},
			{Name: "shared-pid", Title: why("One PID namespace", "하나의 PID 네임스페이스").In(lang)},
		},
		Tasks: []report.Task{
			{ID: "kill-pause/kill", Prompt: why("Kill it.", "죽이세요.").In(lang), MaxPoints: 5},
			{ID: "kill-pause/kill-again", MaxPoints: 5},
			{ID: "kill-pause/which-pid", Prompt: "Which pid?", MaxPoints: 5},
			{ID: "shared-pid/hup", MaxPoints: 10},
		},
		Checks: []report.Check{
			report.NewCheck("kill-pause/kill/the pod is still the same object", verdict.Pass,
				why("The pod's UID is what makes it the same pod: the kubelet makes a new sandbox for it, and nobody makes a new pod.",
					"UID가 같으면 같은 파드입니다. kubelet은 새 샌드박스를 만들 뿐이고 새 파드를 만드는 것은 아무도 하지 않습니다."), verdict.Reason{}, lang),
			report.NewCheck("kill-pause/kill/it lives in a new sandbox", verdict.Fail,
				why("A sandbox does\nnot outlive its pause.\n\nThe kubelet makes another.\n", "샌드박스는 pause보다 오래 살지 못합니다."), verdict.Reason{}, lang),
			report.NewCheck("kill-pause/kill-again/it lives in a third sandbox", verdict.Unknown,
				why("Each death counts.", "죽을 때마다 셉니다."), missing, lang),
			report.NewCheck("kill-pause/which-pid/answer", verdict.Pass, why("Which pid?", "어떤 pid?"), verdict.Reason{}, lang),
			report.NewCheck("shared-pid/hup/the workers are new", verdict.Skipped, why("HUP replaces workers.", "HUP은 worker를 바꿉니다."),
				verdict.Reason{Code: verdict.Lacks, Subject: "cgroup-v2"}, lang),
		},
		Phases: []report.Phase{
			{Name: "cluster", ElapsedMs: 21_900}, {Name: "scenario kill-pause", ElapsedMs: 4_210, WaitedMs: 3_600}, {Name: "check", ElapsedMs: 31},
		},
		StartedAt: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), ElapsedMs: 63_400,
	}
	r.Checks[0].Evidence = map[string]any{"pod.uid": "1b4e28ba", "start.pod.uid": "1b4e28ba"}
	r.Checks[0].ElapsedMs = 3
	r.Checks[1].Evidence = map[string]any{
		"pod.sandbox.attempt": int64(0), "start.pod.sandbox.attempt": int64(0), "ready": true, "ids": []any{int64(1), "b"},
		"timeline": []any{
			map[string]any{"what": "process-exited", "ms": 0.0}, map[string]any{"what": "container-started", "ms": 1834.25},
		},
	}
	r.Checks[2].Evidence = map[string]any{"pod.sandbox.attempt": nil}
	r.Grade()
	return r
}

// hostile returns a report whose texts try to inject markup and control
// characters.
func hostile() *report.Report {
	evil := "<script>alert(1)</script> ]]> & \" ' | `x` *b* \x1b[31mred\x1b[0m \x00 \u202e \xff"
	r := &report.Report{
		Lab: "lab", Title: evil, Lang: text.English,
		Cluster:   report.Cluster{Name: evil, Nodes: []string{evil}},
		Scenarios: []report.Scenario{{Name: "s", Title: evil}},
		Tasks:     []report.Task{{ID: "s/t", MaxPoints: 1, Prompt: evil}},
		Checks: []report.Check{{
			ID: "s/t/" + evil, Verdict: "<b>", Why: evil, Reason: verdict.Reason{Detail: evil},
			Evidence: map[string]any{evil: evil, "n": map[string]any{evil: []any{evil}}},
		}},
		Phases: []report.Phase{{Name: evil}},
	}
	r.Grade()
	return r
}

func render(t *testing.T, f report.Format, r *report.Report, o report.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Render(&b, f, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	extension := map[report.Format]string{"text": "txt", "json": "json", "junit": "xml", "markdown": "md", "html": "html"}
	for _, f := range report.Formats {
		for _, lang := range []text.Lang{text.English, text.Korean} {
			golden(t, "example-"+string(lang)+"."+extension[f], render(t, f, example(lang), report.Options{Width: 80}))
		}
		golden(t, "hostile."+extension[f], render(t, f, hostile(), report.Options{Width: 80}))
	}
	golden(t, "example-color.txt", render(t, report.Text, example(text.English), report.Options{Width: 80, Color: true}))
	golden(t, "example-narrow.txt", render(t, report.Text, example(text.Korean), report.Options{Width: 40}))
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", name, diff)
	}
}

func TestGrade(t *testing.T) {
	r := example(text.English)
	if r.Verdict != verdict.Unknown || r.Score != 5 || r.MaxScore != 15 || r.ExitCode() != 3 {
		t.Errorf("got %s %d/%d exit %d, want Unknown 5/15 exit 3", r.Verdict, r.Score, r.MaxScore, r.ExitCode())
	}
	want := []report.Scenario{
		{Name: "kill-pause", Title: "Kill the pause process", Verdict: verdict.Unknown, Score: 5, MaxScore: 15},
		{Name: "shared-pid", Title: "One PID namespace", Verdict: verdict.Skipped},
	}
	if diff := cmp.Diff(want, r.Scenarios); diff != "" {
		t.Errorf("scenarios (-want +got):\n%s", diff)
	}
	empty := &report.Report{Tasks: []report.Task{{ID: "a/b", MaxPoints: 3}}}
	if empty.Grade(); empty.Verdict != verdict.Unknown || empty.Score != 0 || empty.MaxScore != 3 {
		t.Errorf("a task without checks: got %s %d/%d, want Unknown 0/3", empty.Verdict, empty.Score, empty.MaxScore)
	}
	twins := &report.Report{
		Tasks: []report.Task{{ID: "a/b", MaxPoints: 1}, {ID: "a/b-c", MaxPoints: 2}},
		Checks: []report.Check{
			{ID: "a/b/x", Verdict: verdict.Fail}, {ID: "a/b-c/x", Verdict: verdict.Pass},
		},
	}
	if twins.Grade(); twins.Score != 2 || twins.Verdict != verdict.Fail {
		t.Errorf("a task whose name begins with another task's name: got %s %d, want Fail 2", twins.Verdict, twins.Score)
	}
}

func TestJSONReadsBack(t *testing.T) {
	want := example(text.Korean)
	var got report.Report
	if err := json.Unmarshal([]byte(render(t, report.JSON, want, report.Options{})), &got); err != nil {
		t.Fatal(err)
	}
	again := got
	again.Grade()
	if diff := cmp.Diff(got, again); diff != "" {
		t.Errorf("grading the report again changes it (-before +after):\n%s", diff)
	}
	if got.Verdict != want.Verdict || got.Checks[1].Why != want.Checks[1].Why {
		t.Errorf("got %+v", got)
	}
	if text := render(t, report.JSON, &report.Report{}, report.Options{}); strings.Contains(text, "null") {
		t.Errorf("a list is null:\n%s", text)
	}
}

// TestHostile checks that texts from the cluster stay texts in every format.
func TestHostile(t *testing.T) {
	xmlText := render(t, report.JUnit, hostile(), report.Options{})
	for d := xml.NewDecoder(strings.NewReader(xmlText)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("read the XML: %v", err)
		}
	}
	if page := render(t, report.HTML, hostile(), report.Options{}); strings.Contains(page, "<script") {
		t.Error("the page has unescaped HTML from the cluster")
	}
	if page := render(t, report.Markdown, hostile(), report.Options{}); strings.Contains(page, "<script") || strings.Contains(page, "\x1b") {
		t.Error("the Markdown has unescaped HTML or control characters from the cluster")
	}
	terminal := render(t, report.Text, hostile(), report.Options{})
	if regexp.MustCompile(`[\x00-\x09\x0b-\x1f\x7f]|\x{202e}`).MatchString(terminal) {
		t.Errorf("control characters from the cluster reach the terminal: %q", terminal)
	}
}

// TestWidth checks that no line is wider than the terminal.
func TestWidth(t *testing.T) {
	for _, width := range []int{60, 80, 120} {
		for _, lang := range []text.Lang{text.English, text.Korean} {
			r := example(lang)
			for line := range strings.SplitSeq(render(t, report.Text, r, report.Options{Width: width}), "\n") {
				if got := text.Columns(line); got > width {
					t.Errorf("got %d columns on a terminal with %d: %s", got, width, line)
				}
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	err := report.Render(io.Discard, "yaml", example(text.English), report.Options{})
	if err == nil || !strings.Contains(err.Error(), "markdown") {
		t.Errorf("got %v, want an error that names the formats", err)
	}
}

func TestWriteError(t *testing.T) {
	for _, f := range report.Formats {
		if err := report.Render(full{}, f, example(text.English), report.Options{}); !errors.Is(err, errFull) {
			t.Errorf("%s: got %v, want the writer's error", f, err)
		}
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }
