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
	cmd := a.command("up [LAB]", a.text("Create the cluster of a lab (default: the first lab)", "실습의 클러스터를 만듭니다 (기본값: 첫 실습)"),
		arguments("[LAB]"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	return cmd
}

func (v *upCommand) run(ctx context.Context, args []string) error {
	s, err := v.content.lab(args...)
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
	how := v.text("cluster %s is up", "%s 클러스터 준비됨")
	if c.Reused {
		how = v.text("cluster %s was already up", "%s 클러스터는 이미 실행 중")
	}
	return v.printf("%s (Kubernetes %s)\n%s\n", fmt.Sprintf(how, c.Name), c.Kubernetes, c.Usage())
}
