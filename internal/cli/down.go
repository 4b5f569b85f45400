package cli

import (
	"context"

	"github.com/spf13/cobra"

	"podlab/internal/bringup"
	"podlab/internal/cluster"
)

type downCommand struct {
	*app
	name string
}

func (a *app) down() *cobra.Command {
	v := &downCommand{app: a}
	cmd := a.command("down", a.text("Delete the cluster that podlab created", "podlab이 만든 클러스터를 지웁니다"), arguments(), v.run)
	a.clusterName(cmd.Flags(), &v.name)
	return cmd
}

func (v *downCommand) run(ctx context.Context, _ []string) error {
	e, err := v.findEngine(ctx, engineOptions{no: true})
	if err != nil {
		return err
	}
	return bringup.Locked(v.name, func() error { return cluster.Down(ctx, e, v.name, v.progress()) })
}
