package runner

import (
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

// An Outcome has the results of a lab's tasks, in the lab's order.
type Outcome struct {
	Tasks  []TaskOutcome
	Phases []Phase
}

// A TaskOutcome is the result of a task.
type TaskOutcome struct {
	Scenario *lab.Scenario
	Task     *lab.Task
	Points   int
	Checks   []Judged
}

// A Phase is the duration of one scenario. Scenarios run side by side, so their phases
// overlap.
type Phase struct {
	Name    string
	Elapsed time.Duration
	// Waited is the time spent in wait steps, mostly for the kubelet.
	Waited time.Duration
}

// interruptTimeout bounds cleaning up after an interrupt.
const interruptTimeout = 20 * time.Second

// Run sets up a lab's scenarios side by side, carries out their reference solutions,
// and judges each task right after its solution. If a step fails, the outcome has
// Unknown. When ctx ends, Run cleans up the incomplete scenarios; the error has the
// cause of ctx's end, and what could not be cleaned up.
func (r *Runner) Run(ctx context.Context, l *lab.Lab) (*Outcome, error) {
	r.Cluster.Follow(ctx)
	return r.each(ctx, l, func(p *run, part *lab.Part) (out []TaskOutcome, err error) {
		done := r.Progress.Begin("scenario "+part.Scenario, 0)
		out = p.solve(ctx, part)
		if ctx.Err() != nil {
			err = p.undoAfter(ctx)
		}
		done.End(errors.Join(context.Cause(ctx), err))
		return out, err
	})
}

// Start sets up a lab's scenarios for a learner.
func (r *Runner) Start(ctx context.Context, l *lab.Lab) error {
	_, err := r.each(ctx, l, func(p *run, part *lab.Part) (_ []TaskOutcome, err error) {
		done := r.Progress.Begin("scenario "+part.Scenario, 0)
		if p.runnable() {
			err = p.setUp(ctx)
		}
		done.End(err)
		if err == nil {
			return nil, nil
		}
		if ctx.Err() != nil {
			err = nil // each reports the cause once, for all scenarios
		}
		return nil, errors.Join(err, p.undoAfter(ctx))
	})
	return err
}

// Check judges a lab's tasks in their current state, or only the task with the ID only
// ("scenario/task"). It changes nothing. If a scenario was not set up on this cluster,
// the error is [ErrNotStarted].
func (r *Runner) Check(ctx context.Context, l *lab.Lab, only string) (*Outcome, error) {
	if only != "" {
		one := *l
		one.Scenarios = slices.DeleteFunc(slices.Clone(l.Scenarios), func(p lab.Part) bool { return !strings.HasPrefix(only, p.Scenario+"/") })
		l = &one
	}
	for i := range l.Scenarios {
		p := r.newRun(l.Scenarios[i].Of, l.Scenarios[i].Scenario)
		if err := p.loadStart(ctx); err != nil && p.runnable() {
			return nil, err
		}
	}
	return r.each(ctx, l, func(p *run, part *lab.Part) ([]TaskOutcome, error) {
		notStarted := p.loadStart(ctx)
		var out []TaskOutcome
		for i := range p.scenario.Tasks {
			task := &p.scenario.Tasks[i]
			if only != "" && only != TaskID(part.Scenario, task.Name) {
				continue
			}
			if skipped := p.skipped(task); skipped != nil {
				out = append(out, p.outcome(part, task, skipped))
				continue
			}
			judged := unknownAfter(notStarted, unjudged(task))
			if notStarted == nil {
				judged = p.judge(ctx, task)
			}
			out = append(out, p.outcome(part, task, judged))
		}
		return out, nil
	})
}

// TaskID returns the ID of a task in a lab, SCENARIO/TASK.
func TaskID(scenario, task string) string { return scenario + "/" + task }

// each calls do for a lab's scenarios side by side, and then, one after another, for
// the scenarios that disturb others. The error has the cause of ctx's end and the
// errors of do.
func (r *Runner) each(ctx context.Context, l *lab.Lab, do func(*run, *lab.Part) ([]TaskOutcome, error)) (*Outcome, error) {
	tasks := make([][]TaskOutcome, len(l.Scenarios))
	phases := make([]Phase, len(l.Scenarios))
	errs := make([]error, len(l.Scenarios))
	doOne := func(i int) {
		part := &l.Scenarios[i]
		began := time.Now()
		p := r.newRun(part.Of, part.Scenario)
		tasks[i], errs[i] = do(p, part)
		phases[i] = Phase{Name: part.Scenario, Elapsed: time.Since(began), Waited: time.Duration(p.waited.Load())}
	}
	var wg sync.WaitGroup
	var alone []int
	for i := range l.Scenarios {
		if l.Scenarios[i].Of.Alone {
			alone = append(alone, i)
			continue
		}
		wg.Go(func() { doOne(i) })
	}
	wg.Wait()
	for _, i := range alone {
		// After an interrupt, start no other scenario.
		if ctx.Err() == nil {
			doOne(i)
		}
	}
	out := &Outcome{Phases: slices.DeleteFunc(phases, func(p Phase) bool { return p.Name == "" })}
	for _, of := range tasks {
		out.Tasks = append(out.Tasks, of...)
	}
	return out, errors.Join(append([]error{context.Cause(ctx)}, errs...)...)
}

// solve sets up the scenario, and solves and judges its tasks in order.
func (p *run) solve(ctx context.Context, part *lab.Part) []TaskOutcome {
	if !p.runnable() {
		return p.notRun(part, nil)
	}
	if err := p.setUp(ctx); err != nil {
		return p.notRun(part, err)
	}
	var out []TaskOutcome
	for i := range p.scenario.Tasks {
		task := &p.scenario.Tasks[i]
		if skipped := p.skipped(task); skipped != nil {
			out = append(out, p.outcome(part, task, skipped))
			continue
		}
		judged, err := p.solveAndJudge(ctx, task)
		out = append(out, p.outcome(part, task, unknownAfter(err, judged)))
	}
	return out
}

// solveAndJudge carries out the reference solution and judges the result. For a
// question, one state serves to answer and to judge, because answering changes
// nothing.
func (p *run) solveAndJudge(ctx context.Context, task *lab.Task) ([]Judged, error) {
	if task.Question != nil {
		state := p.observed(ctx, task)
		if p.saveRightAnswer(ctx, task, state) == nil {
			return []Judged{p.judgeAnswer(ctx, task, state)}, nil
		}
	}
	err := p.solveTask(ctx, task)
	return p.judge(ctx, task), err
}

func (p *run) solveTask(ctx context.Context, task *lab.Task) error {
	if task.Question != nil {
		return p.solveAnswer(ctx, task)
	}
	return p.steps(ctx, "solution of "+task.Name, task.Solve)
}

// unknownAfter changes every verdict but Pass to Unknown if carrying out the reference
// solution failed with err: the cluster failed, not the solution.
func unknownAfter(err error, judged []Judged) []Judged {
	if err == nil {
		return judged
	}
	for i := range judged {
		if judged[i].Verdict != verdict.Pass {
			judged[i].Verdict = verdict.Unknown
			judged[i].Reason = verdict.Reason{Code: verdict.NotRun, Detail: err.Error()}
		}
	}
	return judged
}

// notRun returns the outcome of a scenario whose setup failed with err.
func (p *run) notRun(part *lab.Part, err error) []TaskOutcome {
	var out []TaskOutcome
	for i := range p.scenario.Tasks {
		task := &p.scenario.Tasks[i]
		judged := p.skipped(task)
		if judged == nil {
			judged = unknownAfter(err, unjudged(task))
		}
		out = append(out, p.outcome(part, task, judged))
	}
	return out
}

// unjudged returns a task's checks without verdicts.
func unjudged(task *lab.Task) []Judged {
	if task.Question != nil {
		return []Judged{{Name: "answer", Why: *task.Question}}
	}
	judged := make([]Judged, len(task.Checks))
	for i := range task.Checks {
		judged[i] = Judged{Name: task.Checks[i].Name, Why: task.Checks[i].Why}
	}
	return judged
}

// skipped returns the checks of a task as Skipped if this machine does not meet the
// task's needs. Otherwise it returns nil.
func (p *run) skipped(task *lab.Task) []Judged {
	if p.Lacks == nil {
		return nil
	}
	for _, need := range slices.Concat(p.scenario.Needs, task.Needs) {
		has := p.Lacks(need)
		if has == "" {
			continue
		}
		judged := unjudged(task)
		for i := range judged {
			judged[i].Verdict = verdict.Skipped
			judged[i].Reason = verdict.Reason{Code: verdict.Lacks, Subject: string(need), Detail: has}
		}
		return judged
	}
	return nil
}

// runnable reports whether this machine meets the needs of at least one task.
func (p *run) runnable() bool {
	for i := range p.scenario.Tasks {
		if p.skipped(&p.scenario.Tasks[i]) == nil {
			return true
		}
	}
	return false
}

func (p *run) outcome(part *lab.Part, task *lab.Task, judged []Judged) TaskOutcome {
	return TaskOutcome{Scenario: p.scenario, Task: task, Points: part.Points[task.Name], Checks: judged}
}

// undoAfter is undo for a run whose own context may have ended.
func (p *run) undoAfter(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), interruptTimeout)
	defer cancel()
	if err := p.undo(ctx); err != nil {
		return fmt.Errorf("clean up kube namespace %s: %w", p.kubeNamespace, err)
	}
	return nil
}
