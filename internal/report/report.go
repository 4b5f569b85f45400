package report

import (
	"strings"
	"time"

	"podlab/internal/text"
	"podlab/internal/verdict"
)

// APIVersion is the version of a report's JSON.
const APIVersion = "podlab/v1alpha1"

// A Report is the result of a lab. Its texts are in one language, Lang.
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
	// Scenarios, Tasks and Checks are in the lab's order. Every task belongs to one
	// of the scenarios, every check to one of the tasks.
	Scenarios []Scenario `json:"scenarios,omitempty"`
	Checks    []Check    `json:"checks"`
	Tasks     []Task     `json:"tasks"`
	Phases    []Phase    `json:"phases"`
	StartedAt time.Time  `json:"startedAt"`
	ElapsedMs int64      `json:"elapsedMs"`
}

// A Cluster describes the cluster on which the lab ran.
type Cluster struct {
	Name       string   `json:"name"`
	Provider   string   `json:"provider"`
	Kubernetes string   `json:"kubernetes"`
	Images     string   `json:"images"`
	Nodes      []string `json:"nodes"`
}

// A Scenario is the result of a scenario.
type Scenario struct {
	Name     string          `json:"name"`
	Title    string          `json:"title"`
	Verdict  verdict.Verdict `json:"verdict"`
	Score    int             `json:"score"`
	MaxScore int             `json:"maxScore"`
}

// A Task is the result of a task.
type Task struct {
	// ID is SCENARIO/TASK.
	ID string `json:"id"`
	// Prompt is the task's prompt or question.
	Prompt    string          `json:"prompt,omitempty"`
	Verdict   verdict.Verdict `json:"verdict"`
	Points    int             `json:"points"`
	MaxPoints int             `json:"maxPoints"`
}

// A Check is the result of a check.
type Check struct {
	// ID is SCENARIO/TASK/CHECK.
	ID      string          `json:"id"`
	Verdict verdict.Verdict `json:"verdict"`
	// Message is Why and, on a line of its own, Reason as a sentence. Only programs
	// that read the JSON use it; rendering as JSON fills it in.
	Message string `json:"message"`
	// Why explains the check, one line per paragraph.
	Why string `json:"why"`
	// Reason explains the verdict, where the check alone does not.
	Reason verdict.Reason `json:"reason,omitzero"`
	// Evidence has the values behind the verdict, by the text of their
	// expressions: plain values, lists and maps. A nil value is a missing fact.
	Evidence  map[string]any `json:"evidence"`
	ElapsedMs int64          `json:"elapsedMs"`
}

// A Phase is a part of the run. The phases of scenarios overlap.
type Phase struct {
	Name      string `json:"name"`
	ElapsedMs int64  `json:"elapsedMs"`
	// WaitedMs is how long the phase waited for the cluster.
	WaitedMs int64 `json:"waitedMs,omitempty"`
}

// NewCheck returns a check with its explanation in lang.
func NewCheck(id string, v verdict.Verdict, why text.Text, reason verdict.Reason, lang text.Lang) Check {
	return Check{ID: id, Verdict: v, Why: joinLines(why.In(lang)), Reason: reason}
}

// joinLines puts each paragraph of a text on one line.
func joinLines(s string) string {
	var out []string
	for p := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		out = append(out, strings.Join(strings.Fields(p), " "))
	}
	return strings.Join(out, "\n")
}

// Grade computes the verdicts and points of the tasks, the scenarios and the
// report from the verdicts of the checks. Each task needs its ID and MaxPoints.
func (r *Report) Grade() {
	var all []grade
	for i := range r.Tasks {
		t := &r.Tasks[i]
		g := gradeTask(t.MaxPoints, r.verdictsOf(t.ID))
		t.Verdict, t.Points, t.MaxPoints = g.Verdict, g.Points, g.MaxPoints
		all = append(all, g)
	}
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		var own []grade
		for j := range r.Tasks {
			if scenarioOf(r.Tasks[j].ID) == s.Name {
				own = append(own, all[j])
			}
		}
		g := sum(own...)
		s.Verdict, s.Score, s.MaxScore = g.Verdict, g.Points, g.MaxPoints
	}
	g := sum(all...)
	r.Verdict, r.Score, r.MaxScore = g.Verdict, g.Points, g.MaxPoints
	r.APIVersion, r.Kind = APIVersion, "Report"
}

// ExitCode returns podlab's exit code for this report.
func (r *Report) ExitCode() int { return r.Verdict.ExitCode() }

func (r *Report) verdictsOf(task string) []verdict.Verdict {
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

func scenarioOf(id string) string {
	name, _, _ := strings.Cut(id, "/")
	return name
}

// nameOf returns the last part of a task's or a check's ID.
func nameOf(id string) string { return id[strings.LastIndexByte(id, '/')+1:] }
