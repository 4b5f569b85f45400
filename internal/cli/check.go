package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"podlab/internal/lab"
	"podlab/internal/runner"
)

type checkVerb struct {
	*app
	content contentOptions
	name    string
	format  string
}

func (a *app) check() *cobra.Command {
	v := &checkVerb{app: a}
	cmd := a.verb("check LAB [TASK]", a.say("Grade what is there now; change nothing", "지금 상태를 채점합니다. 아무것도 바꾸지 않습니다"),
		exactly("LAB", "[TASK]"), v.run)
	v.flags(cmd)
	return cmd
}

// answer is check of one task, after the learner's answer to it was kept.
func (a *app) answer() *cobra.Command {
	v := &checkVerb{app: a}
	cmd := a.verb("answer LAB TASK ANSWER", a.say("Answer a task's question, and have it graded", "과제의 질문에 답하고 채점을 받습니다"),
		exactly("LAB", "TASK", "ANSWER"), v.run)
	v.flags(cmd)
	return cmd
}

func (v *checkVerb) flags(cmd *cobra.Command) {
	cmd.ValidArgsFunction = v.content.completeLabs(true)
	v.contentFlag(cmd, &v.content)
	v.clusterName(cmd.Flags(), &v.name)
	v.reportFlag(cmd, &v.format)
}

// run takes a lab, a task if it is only about that, and its answer if there is
// one to be kept.
func (v *checkVerb) run(ctx context.Context, args []string) error {
	began := time.Now()
	content, l, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	var scenario *lab.Scenario
	var task *lab.Task
	only := ""
	if len(args) > 1 {
		if scenario, task, err = l.Task(args[1]); err != nil {
			return mistake(err.Error())
		}
		only = runner.TaskID(scenario.Name, task.Name)
	}
	if len(args) > 2 && task.Question == nil {
		return mistake(only + " is something to do, not a question: podlab check " + l.Name + " " + only)
	}
	return v.onOpen(ctx, v.name, &v.content, content, l, func(on *view, s *runner.Stage) error {
		if len(args) > 2 {
			if err := s.Answer(scenario, task, args[2]); err != nil {
				return err
			}
		}
		outcome, err := s.Check(ctx, l, only)
		if err != nil {
			return err
		}
		return v.show(v.reported(l, on.cluster, outcome, began), v.format)
	})
}
