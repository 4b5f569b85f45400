package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podlab/internal/bringup"
	"podlab/internal/cluster"
	"podlab/internal/lab"
	"podlab/internal/runner"
)

type startCommand struct {
	*app
	content contentOptions
	bring   bringUpOptions
}

func (a *app) start() *cobra.Command {
	v := &startCommand{app: a}
	cmd := a.command("start LAB", a.text("Create the cluster, set up a lab, and print its first task", "클러스터를 만들고 실습을 준비한 뒤 첫 과제를 보여 줍니다"),
		arguments("LAB"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	return cmd
}

func (v *startCommand) run(ctx context.Context, args []string) error {
	s, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	return v.onNew(ctx, v.bring, s, func(c *bringup.Cluster, r *runner.Runner) error {
		if err := r.Start(ctx, s.lab); err != nil {
			return err
		}
		return v.greet(s.lab, c.Cluster, r.Named(s.lab.Scenarios[0].Of))
	})
}

// greet prints the lab's title, how to use the cluster, and the first task.
func (v *startCommand) greet(l *lab.Lab, c *cluster.Cluster, first *lab.Scenario) error {
	part := l.Scenarios[0]
	task := first.Tasks[0]
	id := runner.TaskID(part.Scenario, task.Name)
	prompt := task.Prompt
	if prompt == nil {
		prompt = task.Question
	}
	worth := fmt.Sprintf(v.text("%d points", "%d점"), part.Points[task.Name])
	return v.printf("%s\n%s\n\n%s\n\n%s (%s): %s\n  %s\n\n  kubectl -n %s get pods\n  podlab check %s %s\n",
		l.Title.In(v.lang), strings.TrimSpace(l.Summary.In(v.lang)), c.Usage(), id, worth, first.Title.In(v.lang),
		strings.ReplaceAll(strings.TrimSpace(prompt.In(v.lang)), "\n", "\n  "), part.Scenario, l.Name, id)
}
