package runner

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"podlab/internal/lab"
	"podlab/internal/verdict"
)

// A Hint is one of a task's that applies to how things stand.
type Hint struct {
	lab.Hint
	// Number counts the task's hints that apply, from 1; Of is how many they are.
	Number, Of int
}

// Hint returns the first hint to a task that applies now and was not given
// since the scenario was started, and keeps that it was given; when all were,
// the last one again. The error is [ErrNotStarted] when the scenario was not.
func (s *Stage) Hint(ctx context.Context, scenario *lab.Scenario, task *lab.Task) (*Hint, error) {
	p := s.play(scenario, scenario.Name)
	if err := p.recall(); err != nil {
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

// applying returns which of a task's hints are about how things stand: those
// whose condition holds, and those that have none.
func (p *play) applying(ctx context.Context, task *lab.Task) []int {
	var which []int
	state := p.asked(task, p.observed(ctx, task))
	for i := range task.Hints {
		if when := task.Hints[i].When; when == nil || when.Eval(ctx, state).Verdict == verdict.Pass {
			which = append(which, i)
		}
	}
	return which
}

// nextHint picks the first of those that apply which was not given, else the
// last; nil when none applies.
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
