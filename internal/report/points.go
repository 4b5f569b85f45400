package report

import "podlab/internal/verdict"

// A grade is a verdict with points.
type grade struct {
	Verdict   verdict.Verdict
	Points    int
	MaxPoints int
}

// gradeTask grades a task from the verdicts of its checks: it earns all points
// when every check passes, otherwise none. A skipped task has no points to earn.
func gradeTask(maxPoints int, checks []verdict.Verdict) grade {
	g := grade{Verdict: verdict.Worst(checks...), MaxPoints: maxPoints}
	switch g.Verdict {
	case verdict.Pass:
		g.Points = maxPoints
	case verdict.Skipped:
		g.MaxPoints = 0
	}
	return g
}

// sum adds up the grades of tasks.
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
