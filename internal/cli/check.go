package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

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
	cmd.ValidArgsFunction = v.content.completeLabs(true)
	a.contentFlag(cmd, &v.content)
	a.clusterName(cmd.Flags(), &v.name)
	a.reportFlag(cmd, &v.format)
	return cmd
}

func (v *checkVerb) run(ctx context.Context, args []string) (err error) {
	began := time.Now()
	content, l, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	only := ""
	if len(args) > 1 {
		scenario, task, err := l.Task(args[1])
		if err != nil {
			return mistake(err.Error())
		}
		only = runner.TaskID(scenario.Name, task.Name)
	}
	on, err := v.open(ctx, v.name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, on.Close()) }()
	s, err := v.stage(on, &v.content, content)
	if err != nil {
		return err
	}
	outcome, err := s.Check(ctx, l, only)
	if errors.Is(err, runner.ErrNotStarted) {
		return fmt.Errorf("%w: podlab start %s does that", err, l.Name)
	}
	if err != nil {
		return err
	}
	return v.show(v.reported(l, on.cluster, outcome, began), v.format)
}
