package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"podlab/internal/bringup"
	"podlab/internal/cluster"
	"podlab/internal/runner"
)

type upCommand struct {
	*app
	content contentOptions
	bring   bringUpOptions
}

func (a *app) up() *cobra.Command {
	v := &upCommand{app: a}
	cmd := a.command("up [LAB]", a.text("Bring up the cluster of a lab (default: the first lab)", "클러스터를 띄웁니다 (기본은 첫 실습의 것)"),
		exactly("[LAB]"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	return cmd
}

func (v *upCommand) run(ctx context.Context, args []string) error {
	name := ""
	if len(args) > 0 {
		name = args[0]
	}
	s, err := v.content.lab(name)
	if err != nil {
		return err
	}
	return v.onNew(ctx, v.bring, s, func(c *bringup.Cluster, _ *runner.Runner) error {
		if err := c.AwaitReady(ctx); err != nil {
			return err
		}
		return v.showUp(c.Cluster)
	})
}

func (v *upCommand) showUp(c *cluster.Cluster) error {
	how := v.text("cluster %s is up", "클러스터 %s 준비됨")
	if c.Reused {
		how = v.text("cluster %s was already up", "클러스터 %s는 이미 떠 있었음")
	}
	return v.printf("%s (Kubernetes %s)\n%s\n", fmt.Sprintf(how, c.Name), c.Kubernetes, c.Usage())
}
