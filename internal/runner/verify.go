package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"podlab/internal/lab"
	"podlab/internal/verdict"
)

// A Rehearsal is one proof that a task's checks accept a right state or reject a
// wrong state.
type Rehearsal struct {
	Scenario, Task string
	// What is "untouched", "solved" or "mutant NAME".
	What string
	// Verdict is Pass when the checks gave the expected verdicts.
	Verdict verdict.Verdict
	// Message has the expected and the actual verdicts.
	Message string
	Elapsed time.Duration
}

// maxRehearsals bounds the rehearsals that run at a time. On a laptop, all become
// slower if a node starts more containers at once.
const maxRehearsals = 4

// Verify proves the checks of a lab's scenarios: each task fails after the setup
// alone, passes when solved, and each mutant fails exactly the checks that it names.
// Verify uses its own kube namespaces and removes them. It does not touch a learner's
// work.
func (r *Runner) Verify(ctx context.Context, parts []lab.Part) ([]Rehearsal, error) {
	r.Cluster.Follow(ctx)
	var others, alone []lab.Part
	for i := range parts {
		if parts[i].Of.Alone {
			alone = append(alone, parts[i])
		} else {
			others = append(others, parts[i])
		}
	}
	out := r.rehearse(ctx, others, maxRehearsals)
	return append(out, r.rehearse(ctx, alone, 1)...), context.Cause(ctx)
}

// rehearse runs all rehearsals of some scenarios, at most limit at a time.
func (r *Runner) rehearse(ctx context.Context, parts []lab.Part, limit int) []Rehearsal {
	var jobs []func() []Rehearsal
	for i := range parts {
		of, n := parts[i].Of, 0
		if !r.newRun(of, of.Name).runnable() {
			continue
		}
		add := func(what string, rehearse func(*run) []Rehearsal) {
			p := r.newRun(of, rehearsalNamespace(of.Name, n))
			n++
			jobs = append(jobs, func() []Rehearsal { return p.rehearse(ctx, what, rehearse) })
		}
		add("solution", func(p *run) []Rehearsal { return p.rehearseSolution(ctx) })
		for t := range of.Tasks {
			task := &of.Tasks[t]
			if r.newRun(of, of.Name).skipped(task) != nil {
				continue
			}
			for m := range task.Mutants {
				mutant := &task.Mutants[m]
				add("mutant "+mutant.Name, func(p *run) []Rehearsal { return []Rehearsal{p.rehearseMutant(ctx, task, mutant)} })
			}
		}
	}
	out := make([][]Rehearsal, len(jobs))
	slots := make(chan struct{}, limit)
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

// rehearse sets up the scenario, rehearses, and removes the kube namespace.
func (p *run) rehearse(ctx context.Context, what string, rehearse func(*run) []Rehearsal) []Rehearsal {
	if ctx.Err() != nil {
		return nil
	}
	began := time.Now()
	step := p.Progress.Begin(fmt.Sprintf("verify %s: %s", p.scenario.Name, what), 0)
	out := []Rehearsal{{Scenario: p.scenario.Name, What: "setup", Verdict: verdict.Unknown}}
	err := p.setUp(ctx)
	if err == nil {
		out = rehearse(p)
	} else {
		out[0].Message = err.Error()
	}
	for i := range out {
		out[i].Elapsed = time.Since(began)
	}
	timeout := cleanupTimeout
	if ctx.Err() != nil {
		timeout = interruptTimeout
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	defer cancel()
	if cleanUp := p.remove(end); cleanUp != nil {
		err = errors.Join(err, cleanUp)
		out = append(out, Rehearsal{Scenario: p.scenario.Name, What: "cleanup", Verdict: verdict.Unknown, Message: cleanUp.Error()})
	}
	step.End(err)
	return out
}

// remove cleans up after a rehearsal and deletes its kube namespace.
func (p *run) remove(ctx context.Context) error {
	if err := p.undo(ctx); err != nil {
		return err
	}
	return p.Cluster.DeleteNamespace(ctx, p.kubeNamespace)
}

func (p *run) rehearseSolution(ctx context.Context) []Rehearsal {
	var out []Rehearsal
	for i := range p.scenario.Tasks {
		task := &p.scenario.Tasks[i]
		if p.skipped(task) != nil {
			continue
		}
		judged := p.judge(ctx, task)
		out = append(out, p.compare(task, "untouched", verdict.Fail, worst(judged), judged))
	}
	for i := range p.scenario.Tasks {
		task := &p.scenario.Tasks[i]
		if p.skipped(task) != nil {
			continue
		}
		err := p.solveTask(ctx, task)
		judged := p.judge(ctx, task)
		r := p.compare(task, "solved", verdict.Pass, worst(judged), judged)
		if err != nil {
			r.Verdict, r.Message = verdict.Unknown, err.Error()
		}
		if r.Verdict == verdict.Pass {
			r.Verdict, r.Message = p.rejectWrongAnswers(ctx, task, r.Message)
		}
		out = append(out, r)
	}
	return out
}

// rejectWrongAnswers returns Pass and the message if every wrong answer to a question
// differs from the right answer.
func (p *run) rejectWrongAnswers(ctx context.Context, task *lab.Task, message string) (verdict.Verdict, string) {
	if task.Question == nil {
		return verdict.Pass, message
	}
	state := p.stateFor(task, p.observed(ctx, task))
	right := task.Answer.Eval(ctx, state)
	for i := range task.Wrong {
		wrong := task.Wrong[i].Answer.Eval(ctx, state)
		switch {
		case right.Verdict != verdict.Pass || wrong.Verdict != verdict.Pass:
			return verdict.Unknown, fmt.Sprintf("can't compare wrong answer %d: %s", i+1, cmp.Or(right.Reason, wrong.Reason))
		case p.accepted(ctx, task, state, formatValue(wrong.Value), right.Value):
			return verdict.Fail, fmt.Sprintf("wrong answer %d is the right answer: %v", i+1, right.Value)
		}
	}
	return verdict.Pass, message
}

// compare compares the verdict of a task with the expected verdict.
func (p *run) compare(task *lab.Task, what string, want, got verdict.Verdict, judged []Judged) Rehearsal {
	r := Rehearsal{Scenario: p.scenario.Name, Task: task.Name, What: what, Verdict: verdict.Pass}
	r.Message = string(want)
	if got == want {
		return r
	}
	r.Verdict = verdict.Fail
	if got == verdict.Unknown {
		r.Verdict = verdict.Unknown
	}
	r.Message = fmt.Sprintf("want %s, got %s: %s", want, got, verdicts(judged))
	return r
}

func (p *run) rehearseMutant(ctx context.Context, task *lab.Task, m *lab.Mutant) Rehearsal {
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
		r.Message = "a check is Unknown: " + verdicts(judged)
	case !slices.Equal(want, failed):
		r.Verdict = verdict.Fail
		r.Message = fmt.Sprintf("want %q to fail, got %q: %s", want, failed, verdicts(judged))
	default:
		r.Verdict = verdict.Pass
		r.Message = fmt.Sprintf("fails %q", failed)
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
	all := make([]string, len(judged))
	for i, j := range judged {
		all[i] = fmt.Sprintf("%s: %s", j.Name, j.Verdict)
		if j.Verdict != verdict.Pass {
			all[i] += fmt.Sprintf(" (%s %v)", j.Reason, j.Evidence)
		}
	}
	return strings.Join(all, "; ")
}
