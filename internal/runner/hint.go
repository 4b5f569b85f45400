package runner

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"podlab/internal/lab"
	"podlab/internal/verdict"
)

// A Hint is a hint that applies to the current state of a task.
type Hint struct {
	lab.Hint
	// Number is the hint's position, from 1, among the Of hints that apply.
	Number, Of int
}

// Hint returns the next hint for a task and records it as shown: the first hint that
// applies to the current state and was not shown since the start of the scenario. If
// all hints that apply were shown, Hint returns the last of them again. If no hint
// applies, Hint returns nil. If the scenario was not started, the error is
// [ErrNotStarted].
func (r *Runner) Hint(ctx context.Context, scenario *lab.Scenario, task *lab.Task) (*Hint, error) {
	p := r.newRun(scenario, scenario.Name)
	for i := range p.scenario.Tasks {
		if p.scenario.Tasks[i].Name == task.Name {
			task = &p.scenario.Tasks[i] // with names in its texts
		}
	}
	if err := p.loadStart(ctx); err != nil {
		return nil, err
	}
	shown := map[string][]int{}
	if err := p.loadRecord(hintsFile, &shown); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	index, hint := nextHint(p.applicableHints(ctx, task), shown[task.Name])
	if hint == nil {
		return nil, nil
	}
	hint.Hint = task.Hints[index]
	if slices.Contains(shown[task.Name], index) {
		return hint, nil
	}
	shown[task.Name] = append(shown[task.Name], index)
	return hint, p.saveRecord(hintsFile, shown)
}

// applicableHints returns the indices of a task's hints that have no condition or
// whose condition holds.
func (p *run) applicableHints(ctx context.Context, task *lab.Task) []int {
	var applicable []int
	state := p.stateFor(task, p.observed(ctx, task))
	for i := range task.Hints {
		if when := task.Hints[i].When; when == nil || when.Eval(ctx, state).Verdict == verdict.Pass {
			applicable = append(applicable, i)
		}
	}
	return applicable
}

// nextHint returns the index of the first applicable hint that was not shown. If all
// were shown, it returns the last applicable hint. If no hint applies, the hint is
// nil.
func nextHint(applicable, shown []int) (int, *Hint) {
	if len(applicable) == 0 {
		return 0, nil
	}
	n := slices.IndexFunc(applicable, func(i int) bool { return !slices.Contains(shown, i) })
	if n < 0 {
		n = len(applicable) - 1
	}
	return applicable[n], &Hint{Number: n + 1, Of: len(applicable)}
}
