package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podlab/internal/cluster"
	"podlab/internal/lab"
	"podlab/internal/runner"
)

type startVerb struct {
	*app
	content contentOptions
	bring   bringUpOptions
}

func (a *app) start() *cobra.Command {
	v := &startVerb{app: a}
	cmd := a.verb("start LAB", a.say("Bring up, set up, and print the first task", "클러스터와 실습 상황을 준비하고 첫 과제를 보여 줍니다"),
		exactly("LAB"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	return cmd
}

func (v *startVerb) run(ctx context.Context, args []string) error {
	return v.onStage(ctx, v.bring, &v.content, args[0], func(g *ground, s *runner.Stage, _ *lab.Content, l *lab.Lab) error {
		if err := s.Start(ctx, l); err != nil {
			return err
		}
		return v.greet(l, g.cluster)
	})
}

// greet prints what a learner needs to begin.
func (v *startVerb) greet(l *lab.Lab, c *cluster.Cluster) error {
	part := l.Scenarios[0]
	task := part.Of.Tasks[0]
	id := runner.TaskID(part.Scenario, task.Name)
	prompt := task.Prompt
	if prompt == nil {
		prompt = task.Question
	}
	worth := fmt.Sprintf(v.say("%d points", "%d점"), part.Points[task.Name])
	return v.printf("%s\n\n%s\n\n%s (%s): %s\n  %s\n\n  kubectl -n %s get pods\n  podlab check %s %s\n",
		l.Title.In(v.lang), c.Usage(), id, worth, part.Of.Title.In(v.lang),
		strings.ReplaceAll(strings.TrimSpace(prompt.In(v.lang)), "\n", "\n  "), part.Scenario, l.Name, id)
}
