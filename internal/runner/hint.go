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
	// Number counts the hints that apply, from 1; Of is how many apply.
	Number, Of int
}

// Hint returns the first hint for a task that applies to the current state and was
// not shown since the scenario was started, and records it as shown. When all of
// them were shown, it returns the last one again; when none applies, nil. The error
// is [ErrNotStarted] when the scenario was not started.
func (s *Runner) Hint(ctx context.Context, scenario *lab.Scenario, task *lab.Task) (*Hint, error) {
	p := s.newRun(scenario, scenario.Name)
	if err := p.recall(ctx); err != nil {
		return nil, err
	}
	given := map[string][]int{}
	if err := p.kept(hintsFile, &given); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	which, hint := nextHint(p.applying(ctx, task), given[task.Name])
	if hint == nil {
		return nil, nil
	}
	hint.Hint = task.Hints[which]
	if slices.Contains(given[task.Name], which) {
		return hint, nil
	}
	given[task.Name] = append(given[task.Name], which)
	return hint, p.keep(hintsFile, given)
}

// applying returns the indices of a task's hints whose condition holds or that have
// none.
func (p *run) applying(ctx context.Context, task *lab.Task) []int {
	var which []int
	state := p.asked(task, p.observed(ctx, task))
	for i := range task.Hints {
		if when := task.Hints[i].When; when == nil || when.Eval(ctx, state).Verdict == verdict.Pass {
			which = append(which, i)
		}
	}
	return which
}

// nextHint picks the first hint that applies and was not given, otherwise the last
// one that applies; nil when none does.
func nextHint(applying, given []int) (int, *Hint) {
	if len(applying) == 0 {
		return 0, nil
	}
	n := slices.IndexFunc(applying, func(i int) bool { return !slices.Contains(given, i) })
	if n < 0 {
		n = len(applying) - 1
	}
	return applying[n], &Hint{Number: n + 1, Of: len(applying)}
}
