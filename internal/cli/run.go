package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"podlab/internal/bringup"
	"podlab/internal/report"
	"podlab/internal/runner"
)

type runCommand struct {
	*app
	content contentOptions
	bring   bringUpOptions
	format  string
}

func (a *app) run() *cobra.Command {
	v := &runCommand{app: a}
	cmd := a.command("run LAB", a.text("Create the cluster, solve a lab with its reference solutions, and grade it", "클러스터를 만들고 실습을 모범 답안으로 풀어 채점합니다"),
		arguments("LAB"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	a.reportFlag(cmd, &v.format)
	return cmd
}

func (v *runCommand) run(ctx context.Context, args []string) error {
	began := time.Now()
	var r *report.Report
	s, err := v.content.lab(args[0])
	if err != nil {
		return err
	}
	err = v.onNew(ctx, v.bring, s, func(c *bringup.Cluster, on *runner.Runner) error {
		outcome, err := on.Run(ctx, s.lab)
		if err != nil {
			return err
		}
		r = v.reportOf(s.lab, c.Cluster, outcome, began)
		r.Phases = slices.Concat(phases(c.Phases), r.Phases)
		return nil
	})
	if err != nil {
		return err
	}
	return v.show(r, v.format)
}
