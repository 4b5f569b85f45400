package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"podlab/internal/bringup"
	"podlab/internal/runner"
)

// checkOptions are the flags of the commands that grade tasks.
type checkOptions struct {
	*app
	content contentOptions
	name    string
	format  string
}

func (o *checkOptions) flags(cmd *cobra.Command) {
	cmd.ValidArgsFunction = o.content.completeLabs(true)
	o.contentFlag(cmd, &o.content)
	o.clusterName(cmd.Flags(), &o.name)
	o.reportFlag(cmd, &o.format)
}

type checkCommand struct{ checkOptions }

func (a *app) check() *cobra.Command {
	v := &checkCommand{checkOptions{app: a}}
	cmd := a.command("check LAB [TASK]", a.text("Grade the current state without changing it", "지금 상태를 바꾸지 않고 채점합니다"),
		arguments("LAB", "[TASK]"), v.run)
	v.flags(cmd)
	return cmd
}

func (v *checkCommand) run(ctx context.Context, args []string) error {
	began := time.Now()
	s, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	only := ""
	if len(args) > 1 {
		scenario, task, err := s.lab.Task(args[1])
		if err != nil {
			return argumentError(err.Error())
		}
		only = runner.TaskID(scenario.Name, task.Name)
	}
	return v.onRunning(ctx, v.name, s, func(c *bringup.Cluster, r *runner.Runner) error {
		return v.grade(ctx, c, r, s, only, began)
	})
}

// grade grades all tasks of a lab, or only one, and prints the report.
func (o *checkOptions) grade(ctx context.Context, c *bringup.Cluster, r *runner.Runner, s *selection, only string, began time.Time) error {
	outcome, err := r.Check(ctx, s.lab, only)
	if err != nil {
		return err
	}
	return o.show(o.reportOf(s.lab, c.Cluster, outcome, began), o.format)
}

type answerCommand struct{ checkOptions }

func (a *app) answer() *cobra.Command {
	v := &answerCommand{checkOptions{app: a}}
	cmd := a.command("answer LAB TASK ANSWER", a.text("Answer the question of a task and grade the answer", "과제의 질문에 답하고 채점합니다"),
		arguments("LAB", "TASK", "ANSWER"), v.run)
	v.flags(cmd)
	return cmd
}

func (v *answerCommand) run(ctx context.Context, args []string) error {
	began := time.Now()
	s, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	scenario, task, err := s.lab.Task(args[1])
	if err != nil {
		return argumentError(err.Error())
	}
	id := runner.TaskID(scenario.Name, task.Name)
	if task.Question == nil {
		return argumentError(fmt.Sprintf("task %s has no question: run podlab check %s %s", id, s.lab.Name, id))
	}
	return v.onRunning(ctx, v.name, s, func(c *bringup.Cluster, r *runner.Runner) error {
		if err := r.Answer(ctx, scenario, task, args[2]); err != nil {
			return err
		}
		return v.grade(ctx, c, r, s, id, began)
	})
}
