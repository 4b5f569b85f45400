package runner

import (
	"errors"
	"testing"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

func TestSameAnswer(t *testing.T) {
	r := &Runner{Name: "myk8s"}
	for _, test := range []struct {
		given string
		right any
		want  bool
	}{
		{"1797", int64(1797), true},
		{" 1797\n", int64(1797), true},
		{"01797", int64(1797), true},
		{"1797.0", int64(1797), true},
		{"1798", int64(1797), false},
		{"", int64(0), false},
		{"zero", int64(0), false},
		{"pause", "pause", true},
		{"Pause", "pause", true},
		{"pauses", "pause", false},
		{"1.10", "1.1", false},
		{"true", true, true},
		{"Yes", true, true},
		{"no", true, false},
		{"아니요", false, true},
		{"maybe", false, false},
		{"uts, net ipc", []any{"ipc", "net", "uts"}, true},
		{"UTS,NET,IPC", []any{"ipc", "net", "uts"}, true},
		{"net, ipc", []any{"ipc", "net", "uts"}, false},
		{"net, ipc, uts, pid", []any{"ipc", "net", "uts"}, false},
		{"two words, one", []any{"one", "two words"}, true},
		{"componentstatus/scheduler, componentstatus/etcd-0", []any{"etcd-0", "scheduler"}, true},
		{"pod/web", "web", true},
		{"deployment.apps/web", "web", true},
		{"web", "pod/web", true},
		{"images/web", "web", false},
		{"/usr/local/bin/", "/usr/local/bin", true},
		{"/", "/", true},
		{"", "/", false},
		{"myk8s-worker", "worker", true},
		{"worker", "myk8s-worker", true},
		{"other-worker", "worker", false},
	} {
		if got := r.sameAnswer(test.given, test.right); got != test.want {
			t.Errorf("sameAnswer(%q, %v) = %v, want %v", test.given, test.right, got, test.want)
		}
	}
}

// After an incomplete reference solution, checks that passed are Pass, and all other
// checks are Unknown.
func TestUnknownAfter(t *testing.T) {
	judged := func() []Judged {
		return []Judged{{Verdict: verdict.Pass}, {Verdict: verdict.Fail}, {Verdict: verdict.Unknown}}
	}
	got := unknownAfter(errors.New("the image could not be pulled"), judged())
	if got[0].Verdict != verdict.Pass || got[1].Verdict != verdict.Unknown || got[2].Verdict != verdict.Unknown {
		t.Errorf("verdicts = %v", got)
	}
	if got[1].Reason.Code != verdict.NotRun || got[1].Reason.Detail == "" {
		t.Errorf("reason = %v, want the error", got[1].Reason)
	}
	if got := unknownAfter(nil, judged()); got[1].Verdict != verdict.Fail {
		t.Errorf("without an error a Fail became %s", got[1].Verdict)
	}
}

func TestAbsentObject(t *testing.T) {
	w := &world.World{Pods: map[string]*world.Pod{
		"whole":  {Containers: map[string]*world.Container{"c": {State: "Running"}, "ended": {State: "Exited"}}},
		"unseen": {},
	}}
	exec := func(pod, container string) *lab.Observation {
		return &lab.Observation{Exec: &lab.Exec{Pod: pod, Container: container}}
	}
	for _, test := range []struct {
		name string
		of   *lab.Observation
		in   *world.World
		want string
	}{
		{"there", exec("whole", "c"), w, ""},
		{"no such pod", exec("none", "c"), w, "pod none"},
		{"no such container", exec("whole", "x"), w, "container x of pod whole"},
		{"container that has ended", exec("whole", "ended"), w, "running container ended of pod whole"},
		{"log of a container that has ended", &lab.Observation{Logs: &lab.Logs{Pod: "whole", Container: "ended"}}, w, ""},
		{"pods not known", exec("none", "c"), &world.World{}, ""},
		{"containers not known", exec("unseen", "c"), w, ""},
	} {
		if got := absentObject(test.of, test.in); got != test.want {
			t.Errorf("%s: absentObject = %q, want %q", test.name, got, test.want)
		}
	}
}

func TestOtherScenario(t *testing.T) {
	s := &Runner{Scenarios: []string{"kill-pause", "shared-pid"}}
	for kubeNamespace, want := range map[string]bool{
		"kill-pause": true, "shared-pid-rehearsal-12": true,
		"kube-system": false, "default": false, "kill-pause-mine": false,
	} {
		if got := s.otherScenario(kubeNamespace); got != want {
			t.Errorf("otherScenario(%s) = %v, want %v", kubeNamespace, got, want)
		}
	}
}

func TestSettledIgnoresMissingFacts(t *testing.T) {
	yes, no := true, false
	for _, test := range []struct {
		name string
		pod  *world.Pod
		want bool
	}{
		{"settled", &world.Pod{Settled: &yes, Deleting: &no}, true},
		{"lagging", &world.Pod{Settled: &no, Deleting: &no}, false},
		{"being deleted", &world.Pod{Settled: &yes, Deleting: &yes}, false},
		{"not observed", &world.Pod{}, true},
	} {
		if got := settled(&world.World{Pods: map[string]*world.Pod{"p": test.pod}}); got != test.want {
			t.Errorf("%s: settled = %v, want %v", test.name, got, test.want)
		}
	}
}

// podlab skips exactly the tasks whose needs the machine lacks, with the reason.
func TestSkipped(t *testing.T) {
	task := lab.Task{Name: "t", Needs: []lab.Need{lab.NeedRegistry}, Checks: []lab.Check{{Name: "c"}}}
	free := lab.Task{Name: "free", Checks: []lab.Check{{Name: "c"}}}
	s := &Runner{Cluster: newFake(), Lacks: func(need lab.Need) string {
		if need == lab.NeedRegistry {
			return "images were built from packages"
		}
		return ""
	}}
	p := s.newRun(&lab.Scenario{Tasks: []lab.Task{task, free}}, "s")
	judged := p.skipped(&task)
	if len(judged) != 1 || judged[0].Verdict != verdict.Skipped || judged[0].Reason.Code != verdict.Lacks || judged[0].Reason.Detail == "" {
		t.Errorf("skipped = %+v, want one Skipped with its reason", judged)
	}
	if p.skipped(&free) != nil || !p.runnable() {
		t.Error("a task without needs is skipped")
	}
	out := p.notRun(&lab.Part{}, errors.New("no setup"))
	if out[0].Checks[0].Verdict != verdict.Skipped || out[1].Checks[0].Verdict != verdict.Unknown {
		t.Errorf("after a failed setup: %v and %v, want Skipped and Unknown", out[0].Checks[0].Verdict, out[1].Checks[0].Verdict)
	}
	whole := s.newRun(&lab.Scenario{Needs: []lab.Need{lab.NeedRegistry}, Tasks: []lab.Task{free}}, "s")
	if whole.runnable() {
		t.Error("a scenario is runnable although the machine lacks its need")
	}
}

func TestNextHint(t *testing.T) {
	for _, test := range []struct {
		name              string
		applicable, shown []int
		want              int
		number, of        int
	}{
		{"the first", []int{0, 2, 3}, nil, 0, 1, 3},
		{"the next", []int{0, 2, 3}, []int{0}, 2, 2, 3},
		{"a hint that applies now, but did not before", []int{0, 1, 2}, []int{0, 2}, 1, 2, 3},
		{"all were shown", []int{0, 2, 3}, []int{0, 2, 3}, 3, 3, 3},
		{"a shown hint no longer applies", []int{1}, []int{0}, 1, 1, 1},
	} {
		got, hint := nextHint(test.applicable, test.shown)
		if got != test.want || hint == nil || hint.Number != test.number || hint.Of != test.of {
			t.Errorf("%s: got %d, %+v; want %d, %d of %d", test.name, got, hint, test.want, test.number, test.of)
		}
	}
	if _, hint := nextHint(nil, []int{0}); hint != nil {
		t.Errorf("got %+v, want nil because no hint applies", hint)
	}
}

func TestFillIn(t *testing.T) {
	p := (&Runner{Cluster: newFake()}).newRun(&lab.Scenario{}, "s-rehearsal-3")
	filled, err := p.fillIn(t.Context(), &lab.Exec{
		Argv: []string{"sh", "-c", "cat >/podlab/$(KUBENAMESPACE)/x; echo $(id) $KUBENAMESPACE"}, Stdin: "in $(KUBENAMESPACE)",
	}, expect.State{})
	if err != nil || filled.Argv[2] != "cat >/podlab/s-rehearsal-3/x; echo $(id) $KUBENAMESPACE" || filled.Stdin != "in s-rehearsal-3" {
		t.Errorf("got %+v, %v", filled, err)
	}
}

func TestComplete(t *testing.T) {
	for _, test := range []struct {
		name    string
		node    string
		missing string
		want    bool
	}{
		{"nothing is missing", "w", "", true},
		{"not scheduled yet", "", "pods.p", true},
		{"its node does not answer", "w", "pods.p", false},
		{"no sandbox", "w", "pods.p.sandbox", false},
		{"the API does not answer", "w", "pods", false},
		{"a fact about a node", "w", "nodes.w", true},
	} {
		w := &world.World{Pods: map[string]*world.Pod{"p": {Name: "p", Node: test.node}}}
		if test.missing != "" {
			w.Missing = []world.Missing{{Fact: test.missing, Reason: "r"}}
		}
		if got := complete(w); got != test.want {
			t.Errorf("%s: complete = %v, want %v", test.name, got, test.want)
		}
	}
}
