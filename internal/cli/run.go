package cli

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"podlab/internal/lab"
	"podlab/internal/report"
	"podlab/internal/runner"
)

type runVerb struct {
	*app
	content contentOptions
	bring   bringUpOptions
	format  string
}

func (a *app) run() *cobra.Command {
	v := &runVerb{app: a}
	cmd := a.verb("run LAB", a.say("Bring up, solve with the reference solution, check, grade", "클러스터를 띄우고 모범 답안으로 풀어 채점합니다"),
		exactly("LAB"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	a.reportFlag(cmd, &v.format)
	return cmd
}

func (v *runVerb) run(ctx context.Context, args []string) error {
	began := time.Now()
	var r *report.Report
	err := v.onStage(ctx, v.bring, &v.content, args[0], func(g *ground, s *runner.Stage, _ *lab.Content, l *lab.Lab) error {
		outcome, err := s.Run(ctx, l)
		if err != nil {
			return err
		}
		r = v.reported(l, g.cluster, outcome, began)
		r.Phases = slices.Concat(g.phases, r.Phases)
		return nil
	})
	if err != nil {
		return err
	}
	return v.show(r, v.format)
}
