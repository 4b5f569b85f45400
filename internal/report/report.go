package report

import (
	"strings"
	"time"

	"podlab/internal/text"
	"podlab/internal/verdict"
)

// APIVersion is the version of a report's JSON.
const APIVersion = "podlab/v1alpha1"

// A Report is what became of a lab. Its texts are in one language, Lang.
type Report struct {
	APIVersion string          `json:"apiVersion"`
	Kind       string          `json:"kind"`
	Lab        string          `json:"lab"`
	Title      string          `json:"title,omitempty"`
	Lang       text.Lang       `json:"lang,omitempty"`
	Verdict    verdict.Verdict `json:"verdict"`
	Score      int             `json:"score"`
	MaxScore   int             `json:"maxScore"`
	Cluster    Cluster         `json:"cluster"`
	// Scenarios, Tasks and Checks are in the lab's order.
	Scenarios []Scenario `json:"scenarios,omitempty"`
	Checks    []Check    `json:"checks"`
	Tasks     []Task     `json:"tasks"`
	Phases    []Phase    `json:"phases"`
	StartedAt time.Time  `json:"startedAt"`
	ElapsedMs int64      `json:"elapsedMs"`
}

// A Cluster is where it happened.
type Cluster struct {
	Name       string   `json:"name"`
	Provider   string   `json:"provider"`
	Kubernetes string   `json:"kubernetes"`
	Images     string   `json:"images"`
	Nodes      []string `json:"nodes"`
}

// A Scenario is what became of a scenario.
type Scenario struct {
	Name     string          `json:"name"`
	Title    string          `json:"title"`
	Verdict  verdict.Verdict `json:"verdict"`
	Score    int             `json:"score"`
	MaxScore int             `json:"maxScore"`
}

// A Task is what became of a task.
type Task struct {
	// ID is SCENARIO/TASK.
	ID string `json:"id"`
	// Prompt is what there was to do, or to answer.
	Prompt    string          `json:"prompt,omitempty"`
	Verdict   verdict.Verdict `json:"verdict"`
	Points    int             `json:"points"`
	MaxPoints int             `json:"maxPoints"`
}

// A Check is what became of a check.
type Check struct {
	// ID is SCENARIO/TASK/CHECK.
	ID      string          `json:"id"`
	Verdict verdict.Verdict `json:"verdict"`
	// Message explains the check and, on a line of its own, the verdict, where
	// there is more to say about that.
	Message string `json:"message"`
	// Reason is what Message says about the verdict.
	Reason *verdict.Reason `json:"reason,omitempty"`
	// Evidence are the values that the verdict rests on, by the text of their
	// expressions: plain values, lists and maps. Nil is a fact that is missing.
	Evidence  map[string]any `json:"evidence"`
	ElapsedMs int64          `json:"elapsedMs"`
}

// A Phase is a stretch of the work. Phases of scenarios lie side by side.
type Phase struct {
	Name      string `json:"name"`
	ElapsedMs int64  `json:"elapsedMs"`
	// WaitedMs is how much of it was spent on waiting for the cluster.
	WaitedMs int64 `json:"waitedMs,omitempty"`
}

// NewCheck returns a check whose message is in that language, with a line for
// each paragraph of why.
func NewCheck(id string, v verdict.Verdict, why text.Text, reason verdict.Reason, lang text.Lang) Check {
	c := Check{ID: id, Verdict: v, Message: paragraphs(why.In(lang))}
	if reason != (verdict.Reason{}) {
		c.Reason = &reason
		c.Message += "\n" + reason.In(lang)
	}
	return c
}

// paragraphs puts each paragraph of a text, as it was broken into lines by
// whoever wrote it, on one line.
func paragraphs(s string) string {
	var out []string
	for p := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		out = append(out, strings.Join(strings.Fields(p), " "))
	}
	return strings.Join(out, "\n")
}

// Grade gives the tasks, the scenarios and the whole their verdicts and points,
// from the verdicts of the checks. Tasks need their ID and MaxPoints.
func (r *Report) Grade() {
	var all []grade
	for i := range r.Tasks {
		t := &r.Tasks[i]
		g := taskPoints{MaxPoints: t.MaxPoints, Checks: r.verdicts(t.ID)}.grade()
		t.Verdict, t.Points, t.MaxPoints = g.Verdict, g.Points, g.MaxPoints
		all = append(all, g)
	}
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		var mine []grade
		for j := range r.Tasks {
			if scenarioOf(r.Tasks[j].ID) == s.Name {
				mine = append(mine, all[j])
			}
		}
		g := sum(mine...)
		s.Verdict, s.Score, s.MaxScore = g.Verdict, g.Points, g.MaxPoints
	}
	g := sum(all...)
	r.Verdict, r.Score, r.MaxScore = g.Verdict, g.Points, g.MaxPoints
	r.APIVersion, r.Kind = APIVersion, "Report"
}

// ExitCode is what podlab ends with on this report.
func (r *Report) ExitCode() int { return r.Verdict.ExitCode() }

func (r *Report) verdicts(task string) []verdict.Verdict {
	var verdicts []verdict.Verdict
	for _, c := range r.checksOf(task) {
		verdicts = append(verdicts, c.Verdict)
	}
	return verdicts
}

func (r *Report) checksOf(task string) []Check {
	var checks []Check
	for _, c := range r.Checks {
		if strings.HasPrefix(c.ID, task+"/") {
			checks = append(checks, c)
		}
	}
	return checks
}

func (r *Report) tasksOf(scenario string) []Task {
	var tasks []Task
	for _, t := range r.Tasks {
		if scenarioOf(t.ID) == scenario {
			tasks = append(tasks, t)
		}
	}
	return tasks
}

// scenarios returns the report's scenarios, found in its tasks where a report
// names none.
func (r *Report) scenarios() []Scenario {
	if len(r.Scenarios) > 0 {
		return r.Scenarios
	}
	var found []Scenario
	for _, t := range r.Tasks {
		name := scenarioOf(t.ID)
		if len(found) == 0 || found[len(found)-1].Name != name {
			found = append(found, Scenario{Name: name})
		}
		s := &found[len(found)-1]
		s.Score += t.Points
		s.MaxScore += t.MaxPoints
	}
	return found
}

func scenarioOf(id string) string {
	name, _, _ := strings.Cut(id, "/")
	return name
}

// nameOf returns the last part of a task's or a check's ID.
func nameOf(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }

// lines splits a check's message into its explanation and, below it, what there
// is to say about the verdict.
func (c *Check) lines() (why, reason string) {
	if c.Reason == nil {
		return c.Message, ""
	}
	i := strings.LastIndexByte(c.Message, '\n')
	if i < 0 {
		return c.Message, ""
	}
	return c.Message[:i], c.Message[i+1:]
}
