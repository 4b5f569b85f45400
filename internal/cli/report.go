package cli

import (
	"time"

	"github.com/spf13/cobra"

	"podlab/internal/cluster"
	"podlab/internal/lab"
	"podlab/internal/report"
	"podlab/internal/runner"
)

// reportFlag adds --output with the formats of a report.
func (a *app) reportFlag(cmd *cobra.Command, format *string) {
	formats := make([]string, len(report.Formats))
	for i, f := range report.Formats {
		formats[i] = string(f)
	}
	a.output(cmd, format, formats...)
}

// reportOf converts an outcome into a report.
func (a *app) reportOf(l *lab.Lab, c *cluster.Cluster, o *runner.Outcome, began time.Time) *report.Report {
	r := &report.Report{
		Lab: l.Name, Title: l.Title.In(a.lang), Lang: a.lang, StartedAt: began,
		Cluster: report.Cluster{Name: c.Name, Provider: c.Provider, Kubernetes: c.Kubernetes, Images: c.Images, Nodes: c.NodeNames()},
	}
	for i := range o.Tasks {
		a.addTask(r, &o.Tasks[i])
	}
	for _, p := range o.Phases {
		r.Phases = append(r.Phases, report.Phase{Name: p.Name, ElapsedMs: p.Elapsed.Milliseconds(), WaitedMs: p.Waited.Milliseconds()})
	}
	r.Grade()
	r.ElapsedMs = time.Since(began).Milliseconds()
	return r
}

func (a *app) addTask(r *report.Report, t *runner.TaskOutcome) {
	if n := len(r.Scenarios); n == 0 || r.Scenarios[n-1].Name != t.Scenario.Name {
		r.Scenarios = append(r.Scenarios, report.Scenario{Name: t.Scenario.Name, Title: t.Scenario.Title.In(a.lang)})
	}
	id := runner.TaskID(t.Scenario.Name, t.Task.Name)
	task := report.Task{ID: id, MaxPoints: t.Points}
	for _, prompt := range []*lab.Text{t.Task.Prompt, t.Task.Question} {
		if prompt != nil {
			task.Prompt = prompt.In(a.lang)
		}
	}
	r.Tasks = append(r.Tasks, task)
	for _, j := range t.Checks {
		c := report.NewCheck(id+"/"+j.Name, j.Verdict, j.Why, j.Reason, a.lang)
		c.Evidence, c.ElapsedMs = j.Evidence, j.Elapsed.Milliseconds()
		r.Checks = append(r.Checks, c)
	}
}

// show prints a report. Its verdict decides the exit code.
func (a *app) show(r *report.Report, format string) error {
	err := report.Render(a.Out, report.Format(format), r, report.Options{Lang: a.lang, Color: a.Color(), Width: a.Width()})
	if err != nil {
		return err
	}
	if code := r.ExitCode(); code != exitPassed {
		return &verdictError{code}
	}
	return nil
}
