package runner

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"podlab/internal/lab"
	"podlab/internal/verdict"
)

// A Rehearsal is one proof that a task's checks tell right from wrong.
type Rehearsal struct {
	Scenario, Task string
	// What is "untouched", "solved" or "mutant NAME".
	What string
	// Verdict is Pass when the checks said what they should.
	Verdict verdict.Verdict
	// Message says what they should have said, and did.
	Message string
	Elapsed time.Duration
}

// rehearsals is how many run at a time: a laptop's node starts only so many
// containers at once before it gets slower for all.
const rehearsals = 4

// Verify proves the checks of a lab's scenarios: each task fails on the
// untouched setup, passes when solved, and each mutant is caught by exactly the
// checks that it names. It plays in kube namespaces of its own, which it
// removes, and leaves a learner's alone.
func (s *Stage) Verify(ctx context.Context, parts []lab.Part) ([]Rehearsal, error) {
	s.Observer.Follow(ctx)
	var all, alone []lab.Part
	for i := range parts {
		if parts[i].Of.Alone {
			alone = append(alone, parts[i])
		} else {
			all = append(all, parts[i])
		}
	}
	out := s.rehearse(ctx, all, rehearsals)
	return append(out, s.rehearse(ctx, alone, 1)...), context.Cause(ctx)
}

// rehearse makes all proofs of some scenarios, so many at a time.
func (s *Stage) rehearse(ctx context.Context, parts []lab.Part, atATime int) []Rehearsal {
	var jobs []func() []Rehearsal
	for i := range parts {
		of, n := parts[i].Of, 0
		if !s.play(of, of.Name).plays() {
			continue
		}
		add := func(what string, rehearse func(*play) []Rehearsal) {
			p := s.play(of, rehearsal(of.Name, n))
			n++
			jobs = append(jobs, func() []Rehearsal { return p.rehearse(ctx, what, rehearse) })
		}
		add("solution", func(p *play) []Rehearsal { return p.rehearseSolution(ctx) })
		for t := range of.Tasks {
			task := &of.Tasks[t]
			if s.play(of, of.Name).skipped(task) != nil {
				continue
			}
			for m := range task.Mutants {
				mutant := &task.Mutants[m]
				add("mutant "+mutant.Name, func(p *play) []Rehearsal { return []Rehearsal{p.rehearseMutant(ctx, task, mutant)} })
			}
		}
	}
	out := make([][]Rehearsal, len(jobs))
	slots := make(chan struct{}, atATime)
	var wg sync.WaitGroup
	for i, job := range jobs {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			out[i] = job()
		})
	}
	wg.Wait()
	return slices.Concat(out...)
}

// rehearse sets up the play, rehearses, and removes the kube namespace.
func (p *play) rehearse(ctx context.Context, what string, rehearse func(*play) []Rehearsal) []Rehearsal {
	if ctx.Err() != nil {
		return nil
	}
	began := time.Now()
	step := p.Progress.Begin(fmt.Sprintf("verify %s: %s", p.scenario.Name, what), 0)
	out := []Rehearsal{{Scenario: p.scenario.Name, What: what, Verdict: verdict.Unknown}}
	err := p.setUp(ctx)
	if err == nil {
		out = rehearse(p)
	} else {
		out[0].Message = err.Error()
	}
	for i := range out {
		out[i].Elapsed = time.Since(began)
	}
	within := clearWithin
	if ctx.Err() != nil {
		within = cleanUpWithin
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), within)
	defer cancel()
	if cleanUp := p.strike(end); err == nil {
		err = cleanUp
	}
	step.End(err)
	return out
}

// strike removes a rehearsal's kube namespace.
func (p *play) strike(ctx context.Context) error {
	if err := p.putBack(ctx); err != nil {
		return err
	}
	return p.Kube.DeleteNamespace(ctx, p.kubeNamespace)
}

func (p *play) rehearseSolution(ctx context.Context) []Rehearsal {
	var out []Rehearsal
	for i := range p.scenario.Tasks {
		task := &p.scenario.Tasks[i]
		if p.skipped(task) != nil {
			continue
		}
		judged := p.judge(ctx, task)
		out = append(out, p.rehearsed(task, "untouched", verdict.Fail, worst(judged), judged))
	}
	for i := range p.scenario.Tasks {
		task := &p.scenario.Tasks[i]
		if p.skipped(task) != nil {
			continue
		}
		err := p.solveTask(ctx, task)
		judged := p.judge(ctx, task)
		r := p.rehearsed(task, "solved", verdict.Pass, worst(judged), judged)
		if err != nil {
			r.Verdict, r.Message = verdict.Unknown, err.Error()
		}
		if r.Verdict == verdict.Pass {
			r.Verdict, r.Message = p.refuses(ctx, task, r.Message)
		}
		out = append(out, r)
	}
	return out
}

// refuses is Pass when each wrong answer of a question is known and is not the
// right one; the message is then the given one.
func (p *play) refuses(ctx context.Context, task *lab.Task, message string) (verdict.Verdict, string) {
	if task.Question == nil {
		return verdict.Pass, message
	}
	state := p.asked(task, p.observed(ctx, task))
	right := task.Answer.Eval(ctx, state)
	for i := range task.Wrong {
		wrong := task.Wrong[i].Answer.Eval(ctx, state)
		switch {
		case right.Verdict != verdict.Pass || wrong.Verdict != verdict.Pass:
			return verdict.Unknown, fmt.Sprintf("wrong answer %d can't be compared: %s", i+1, cmp.Or(right.Reason, wrong.Reason))
		case sameAnswer(written(wrong.Value), right.Value):
			return verdict.Fail, fmt.Sprintf("wrong answer %d is the right one: %v", i+1, right.Value)
		}
	}
	return verdict.Pass, message
}

func (p *play) rehearsed(task *lab.Task, what string, want, got verdict.Verdict, judged []Judged) Rehearsal {
	r := Rehearsal{Scenario: p.scenario.Name, Task: task.Name, What: what, Verdict: verdict.Pass}
	r.Message = fmt.Sprintf("%s: %s", what, want)
	if got == want {
		return r
	}
	r.Verdict = verdict.Fail
	if got == verdict.Unknown {
		r.Verdict = verdict.Unknown
	}
	r.Message = fmt.Sprintf("%s should be %s and is %s: %s", what, want, got, verdicts(judged))
	return r
}

func (p *play) rehearseMutant(ctx context.Context, task *lab.Task, m *lab.Mutant) Rehearsal {
	r := Rehearsal{Scenario: p.scenario.Name, Task: task.Name, What: "mutant " + m.Name, Verdict: verdict.Unknown}
	if err := p.steps(ctx, "mutant "+m.Name, m.Steps); err != nil {
		r.Message = err.Error()
		return r
	}
	judged := p.judge(ctx, task)
	var failed []string
	unknown := false
	for i := range judged {
		unknown = unknown || judged[i].Verdict == verdict.Unknown
		if judged[i].Verdict == verdict.Fail {
			failed = append(failed, judged[i].Name)
		}
	}
	want := slices.Sorted(slices.Values(m.Fails))
	slices.Sort(failed)
	switch {
	case unknown:
		r.Message = "a check could not tell: " + verdicts(judged)
	case !slices.Equal(want, failed):
		r.Verdict = verdict.Fail
		r.Message = fmt.Sprintf("it should fail %q and fails %q: %s", want, failed, verdicts(judged))
	default:
		r.Verdict = verdict.Pass
		r.Message = fmt.Sprintf("caught by %q", failed)
	}
	return r
}

func worst(judged []Judged) verdict.Verdict {
	all := make([]verdict.Verdict, len(judged))
	for i := range judged {
		all[i] = judged[i].Verdict
	}
	return verdict.Worst(all...)
}

func verdicts(judged []Judged) string {
	said := make([]string, len(judged))
	for i, j := range judged {
		said[i] = fmt.Sprintf("%s: %s", j.Name, j.Verdict)
		if j.Verdict != verdict.Pass {
			said[i] += fmt.Sprintf(" (%s %v)", j.Reason, j.Evidence)
		}
	}
	return strings.Join(said, "; ")
}
