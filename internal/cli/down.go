package cli

import (
	"context"

	"github.com/spf13/cobra"

	"podlab/internal/cluster"
)

type downVerb struct {
	*app
	name string
}

func (a *app) down() *cobra.Command {
	v := &downVerb{app: a}
	cmd := a.verb("down", a.say("Remove the cluster that podlab made", "podlab이 만든 클러스터를 지웁니다"), exactly(), v.run)
	a.clusterName(cmd.Flags(), &v.name)
	return cmd
}

func (v *downVerb) run(ctx context.Context, _ []string) error {
	e, err := v.useEngine(ctx, engineOptions{no: true})
	if err != nil {
		return err
	}
	return holding(v.name, func() error { return cluster.Down(ctx, e, v.name, v.progress()) })
}
