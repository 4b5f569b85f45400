package report

import "podlab/internal/verdict"

// taskPoints is what the points of a task are made of.
type taskPoints struct {
	// MaxPoints are what the lab gives for the task.
	MaxPoints int
	// Checks are the verdicts of its checks.
	Checks []verdict.Verdict
}

// A grade is a verdict with points.
type grade struct {
	Verdict   verdict.Verdict
	Points    int
	MaxPoints int
}

// grade gives a task's points: all of them when every check passes, else none.
// A skipped task has none to give.
func (t taskPoints) grade() grade {
	g := grade{Verdict: verdict.Worst(t.Checks...), MaxPoints: t.MaxPoints}
	switch g.Verdict {
	case verdict.Pass:
		g.Points = t.MaxPoints
	case verdict.Skipped:
		g.MaxPoints = 0
	}
	return g
}

// sum gives the grade of a whole from those of its tasks.
func sum(tasks ...grade) grade {
	var total grade
	verdicts := make([]verdict.Verdict, len(tasks))
	for i, t := range tasks {
		verdicts[i] = t.Verdict
		total.Points += t.Points
		total.MaxPoints += t.MaxPoints
	}
	total.Verdict = verdict.Worst(verdicts...)
	return total
}
