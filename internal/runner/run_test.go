package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/lab"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

// summary has one line for each check of an outcome.
func summary(o *Outcome) []string {
	var lines []string
	for _, t := range o.Tasks {
		for i := range t.Checks {
			j := &t.Checks[i]
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s/%s/%s: %s %s", t.Scenario.Name, t.Task.Name, j.Name, j.Verdict, j.Reason.Code)))
		}
	}
	return lines
}

var allPassed = []string{
	"crash/crash/it crashed: Pass",
	"web/finish/it is finished: Pass",
	"web/finish/it is ready: Pass",
	"web/which-ip/answer: Pass",
}

func TestRun(t *testing.T) {
	r, c, l := newTest(t)
	o, err := r.Run(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allPassed, summary(o)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	// The scenario that disturbs others runs last. podlab cleans up the nodes before it
	// empties the kube namespace, because static pods would fill it again.
	want := []string{
		"ensure web", "run web worker: tidy web", "reset web", "apply web", "run web web: label yes",
		"ensure crash", "reset crash", "apply crash", "run crash web: label crashed",
	}
	if diff := cmp.Diff(want, c.calls); diff != "" {
		t.Errorf("calls (-want +got)\n%s", diff)
	}
	again, err := r.Check(t.Context(), l, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(allPassed, summary(again)); diff != "" {
		t.Errorf("check after the run (-want +got)\n%s", diff)
	}
}

// A learner starts, checks, does the task, answers, and checks again.
func TestLearner(t *testing.T) {
	r, c, l := newTest(t)
	if _, err := r.Check(t.Context(), l, ""); !errors.Is(err, ErrNotStarted) {
		t.Errorf("before the start: got %v, want ErrNotStarted", err)
	}
	if err := r.Start(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	check := func(only string, want ...string) {
		t.Helper()
		o, err := r.Check(t.Context(), l, only)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, summary(o)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	check("web/finish", "web/finish/it is finished: Fail absent", "web/finish/it is ready: Fail")
	check("web/which-ip", "web/which-ip/answer: Fail absent")

	if _, err := c.Run(t.Context(), "web", &lab.Exec{Pod: "web", Argv: []string{"label", "yes"}}); err != nil {
		t.Fatal(err)
	}
	check("web/finish", "web/finish/it is finished: Pass", "web/finish/it is ready: Pass")
	scenario, task, err := l.Task("which-ip")
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range []struct {
		text string
		want verdict.Verdict
	}{{"web", verdict.Fail}, {" 10.0.0.7\n", verdict.Pass}, {"10.0.0.7:8080", verdict.Fail}, {"10.0.0.7:80", verdict.Pass}} {
		if err := r.Answer(t.Context(), scenario, task, answer.text); err != nil {
			t.Fatal(err)
		}
		check("web/which-ip", fmt.Sprintf("web/which-ip/answer: %s", answer.want))
	}

	if hint, err := r.Hint(t.Context(), scenario, task); err != nil || hint.Say.EN != "Look in c-worker." {
		t.Errorf("hint: got %+v, %v", hint, err)
	}

	for _, other := range []struct {
		name    string
		cluster Identity
		started bool
	}{
		{"the same cluster without its API server", Identity{Container: "c-1"}, true},
		{"another cluster of the same name", Identity{UID: "u-2", Container: "c-2"}, false},
		{"another cluster without its API server", Identity{Container: "c-2"}, false},
		{"a cluster that can't be identified", Identity{}, false},
	} {
		c.identity = other.cluster
		next := &Runner{Cluster: c, Name: r.Name, Content: r.Content, Scenarios: r.Scenarios, Dir: r.Dir, Progress: r.Progress}
		if _, err := next.Check(t.Context(), l, "web/finish"); errors.Is(err, ErrNotStarted) == other.started {
			t.Errorf("%s: got %v, want started: %v", other.name, err, other.started)
		}
	}

	scenario.Hash = "changed"
	if _, err := r.Check(t.Context(), l, "web/finish"); !errors.Is(err, ErrNotStarted) || !strings.Contains(err.Error(), "content has changed") {
		t.Errorf("after the content changed: got %v, want ErrNotStarted and why", err)
	}
}

// A check is Unknown if it depends on a fact that podlab can't observe.
func TestBlind(t *testing.T) {
	r, c, l := newTest(t)
	if _, err := r.Run(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	c.onWorld = func(w *world.World) {
		w.Pods = nil
		w.Miss("pods", errors.New("the API server does not answer"))
	}
	o, err := r.Check(t.Context(), l, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range summary(o) {
		if !strings.Contains(line, ": Unknown missing") {
			t.Errorf("got %s, want Unknown", line)
		}
	}
}

// podlab takes a second picture if a fact is missing for a moment.
func TestMissingForAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct {
			name  string
			delay time.Duration // of the first picture
			want  string
		}{
			{"a quick picture", 0, "Pass"},
			{"a picture as slow as a timeout", 2 * retryLimit, "Unknown"},
		} {
			r, c, l := newTest(t)
			if _, err := r.Run(t.Context(), l); err != nil {
				t.Fatal(err)
			}
			first := true
			c.onWorld = func(w *world.World) {
				if first {
					first = false
					<-time.After(test.delay)
					w.Pods["web"].Ready = nil
					w.Miss("pods.web", errors.New("it is just starting"))
				}
			}
			o, err := r.Check(t.Context(), l, "web/finish")
			if err != nil {
				t.Fatal(err)
			}
			if got := string(o.Tasks[0].Checks[1].Verdict); got != test.want {
				t.Errorf("%s: got %s, want %s", test.name, got, test.want)
			}
		}
	})
}

// podlab does not judge a picture in which the API lags behind the runtime.
func TestUnsettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c, l := newTest(t)
		if _, err := r.Run(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		c.onWorld = func(w *world.World) {
			if time.Since(began) < 2*time.Second {
				w.Pods["web"].Settled = new(false)
				w.Pods["web"].Labels["finished"] = "not yet"
			}
		}
		o, err := r.Check(t.Context(), l, "web/finish")
		if err != nil {
			t.Fatal(err)
		}
		if o.Tasks[0].Checks[0].Verdict != verdict.Pass {
			t.Errorf("got %v, want Pass", summary(o))
		}
	})
}

// After the timeout, what the API says about a lagging pod is missing: neither Pass
// nor Fail.
func TestLagging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c, l := newTest(t)
		if _, err := r.Run(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		c.onWorld = func(w *world.World) {
			w.Pods["web"].Settled = new(false)
			w.Pods["web"].Ready = new(false)
			w.Lagging = []string{"web"}
		}
		o, err := r.Check(t.Context(), l, "web/finish")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"web/finish/it is finished: Pass", "web/finish/it is ready: Unknown missing"}
		if diff := cmp.Diff(want, summary(o)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// If the cluster can't carry out a solution, the checks are Unknown, not Fail.
func TestBrokenSolution(t *testing.T) {
	r, c, l := newTest(t)
	c.onCall = func(_ context.Context, call string) error {
		if call == "run web web: label yes" {
			return errors.New("the container does not run")
		}
		return nil
	}
	o, err := r.Run(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Clone(allPassed)
	want[1], want[2] = "web/finish/it is finished: Unknown not-run", "web/finish/it is ready: Unknown not-run"
	if diff := cmp.Diff(want, summary(o)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// An interrupt cleans up the running scenario. It does not touch scenarios that have
// not started.
func TestInterrupt(t *testing.T) {
	r, c, l := newTest(t)
	interrupted := errors.New("interrupted")
	ctx, interrupt := context.WithCancelCause(t.Context())
	c.onCall = func(ctx context.Context, call string) error {
		if call == "run web web: label yes" {
			interrupt(interrupted)
			return context.Cause(ctx)
		}
		return nil
	}
	if _, err := r.Run(ctx, l); !errors.Is(err, interrupted) {
		t.Errorf("got %v, want the interrupt", err)
	}
	if got := c.called("run web worker: tidy"); len(got) != 2 {
		t.Errorf("cleaned up the nodes %d times, want before the setup and after the interrupt", len(got))
	}
	if len(c.pods["web"]) != 0 {
		t.Errorf("left %v", c.pods["web"])
	}
	if got := c.called("ensure crash"); len(got) != 0 {
		t.Error("the interrupt touched a scenario that had not started")
	}
	if _, err := r.Check(t.Context(), l, "web/finish"); !errors.Is(err, ErrNotStarted) {
		t.Errorf("check after the interrupt: got %v, want ErrNotStarted", err)
	}
}

// The error of a wait that timed out describes the last picture.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, c, l := newTest(t)
		c.onWorld = func(w *world.World) {
			if pod := w.Pods["web"]; pod != nil {
				pod.Ready = new(false)
				pod.Events = []*world.Event{{Type: "Warning", Reason: "Failed", Message: "no such image"}}
			}
		}
		o, err := r.Run(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		reason := o.Tasks[1].Checks[0].Reason
		for _, want := range []string{"timed out after 1m0s", "pod.ready is false", "Failed: no such image"} {
			if !strings.Contains(reason.Detail, want) {
				t.Errorf("reason %q does not contain %q", reason.Detail, want)
			}
		}
	})
}

// An interrupted run reports what it could not clean up.
func TestInterruptReportsCleanup(t *testing.T) {
	for _, command := range []string{"run", "start"} {
		r, c, l := newTest(t)
		interrupted, left := errors.New("interrupted"), errors.New("the node is paused")
		ctx, interrupt := context.WithCancelCause(t.Context())
		c.onCall = func(_ context.Context, call string) error {
			switch {
			case call == "apply web":
				interrupt(interrupted)
				return interrupted
			case strings.HasPrefix(call, "run web worker: tidy") && len(c.called("apply web")) > 0:
				return left
			}
			return nil
		}
		var err error
		if command == "run" {
			_, err = r.Run(ctx, l)
		} else {
			err = r.Start(ctx, l)
		}
		if !errors.Is(err, interrupted) || !errors.Is(err, left) {
			t.Errorf("%s: got %v, want the interrupt and what is left", command, err)
		}
	}
}

func TestVerify(t *testing.T) {
	for _, test := range []struct {
		name string
		edit func(*fakeCluster)
		want []string
	}{
		{"good checks", nil, []string{
			"crash untouched Pass", "crash solved Pass", "crash mutant another label Pass",
			"finish untouched Pass", "which-ip untouched Pass", "finish solved Pass", "which-ip solved Pass", "finish mutant wrong label Pass",
		}},
		{"blind", func(c *fakeCluster) {
			c.onWorld = func(w *world.World) {
				if pod := w.Pods["web"]; pod != nil {
					pod.Labels = nil
					w.Miss("pods.web.labels", errors.New("not seen"))
				}
			}
		}, []string{
			"crash untouched Unknown", "crash solved Unknown", "crash mutant another label Unknown",
			"finish untouched Unknown", "which-ip untouched Pass", "finish solved Unknown", "which-ip solved Pass", "finish mutant wrong label Unknown",
		}},
		{"a command without effect", func(c *fakeCluster) {
			c.onCall = func(_ context.Context, call string) error {
				if strings.HasSuffix(call, ": label yes") {
					return errors.New("refused")
				}
				return nil
			}
		}, []string{
			"crash untouched Pass", "crash solved Pass", "crash mutant another label Pass",
			"finish untouched Pass", "which-ip untouched Pass", "finish solved Unknown", "which-ip solved Pass", "finish mutant wrong label Pass",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, c, l := newTest(t)
				if test.edit != nil {
					test.edit(c)
				}
				rehearsals, err := r.Verify(t.Context(), l.Scenarios)
				if err != nil {
					t.Fatal(err)
				}
				got := make([]string, len(rehearsals))
				for i, r := range rehearsals {
					got[i] = fmt.Sprintf("%s %s %s", r.Task, r.What, r.Verdict)
				}
				slices.Sort(got)
				slices.Sort(test.want)
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("(-want +got)\n%s\n%+v", diff, rehearsals)
				}
				if made, removed := len(c.called("ensure ")), len(c.called("delete namespace ")); made != removed || made == 0 {
					t.Errorf("created %d kube namespaces and deleted %d", made, removed)
				}
			})
		})
	}
}
