package grade

// A Task is what the points of a task are made of.
type Task struct {
	// MaxPoints are what the lab gives for the task.
	MaxPoints int
	// Checks are the verdicts of its checks.
	Checks []Verdict
}

// A Grade is a verdict with points.
type Grade struct {
	Verdict   Verdict
	Points    int
	MaxPoints int
}

// Grade gives a task's points: all of them when every check passes, else none.
// A skipped task has none to give.
func (t Task) Grade() Grade {
	g := Grade{Verdict: Worst(t.Checks...), MaxPoints: t.MaxPoints}
	switch g.Verdict {
	case Pass:
		g.Points = t.MaxPoints
	case Skipped:
		g.MaxPoints = 0
	}
	return g
}

// Sum gives the grade of a whole from those of its tasks.
func Sum(tasks ...Grade) Grade {
	var sum Grade
	verdicts := make([]Verdict, len(tasks))
	for i, t := range tasks {
		verdicts[i] = t.Verdict
		sum.Points += t.Points
		sum.MaxPoints += t.MaxPoints
	}
	sum.Verdict = Worst(verdicts...)
	return sum
}
