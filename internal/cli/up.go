package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"podlab/internal/cluster"
)

type upVerb struct {
	*app
	content contentOptions
	bring   bringUpOptions
}

func (a *app) up() *cobra.Command {
	v := &upVerb{app: a}
	cmd := a.verb("up [LAB]", a.say("Bring up the cluster (of a lab, by default the first)", "클러스터를 띄웁니다 (기본은 첫 실습의 것)"),
		exactly("[LAB]"), v.run)
	cmd.ValidArgsFunction = v.content.completeLabs(false)
	a.contentFlag(cmd, &v.content)
	a.bringUpFlags(cmd, &v.bring)
	return cmd
}

func (v *upVerb) run(ctx context.Context, args []string) error {
	content, err := v.content.load()
	if err != nil {
		return err
	}
	l := content.Labs[0]
	if len(args) > 0 {
		if l, err = content.Lab(args[0]); err != nil {
			return mistake(err.Error())
		}
	}
	return holding(v.bring.name, func() error {
		g, err := v.bringUp(ctx, v.bring, l)
		if err != nil {
			return err
		}
		if err := g.cluster.AwaitReady(ctx); err != nil {
			return err
		}
		return v.showUp(g.cluster)
	})
}

func (v *upVerb) showUp(c *cluster.Cluster) error {
	how := v.say("cluster %s is up", "클러스터 %s 준비됨")
	if c.Reused {
		how = v.say("cluster %s was up already", "클러스터 %s는 이미 떠 있었음")
	}
	return v.printf("%s (Kubernetes %s)\n%s\n", fmt.Sprintf(how, c.Name), c.Kubernetes, c.Usage())
}
