package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"podlab/internal/cluster"
	"podlab/internal/text"
)

type statusCommand struct {
	*app
	name   string
	format string
}

func (a *app) status() *cobra.Command {
	v := &statusCommand{app: a}
	cmd := a.command("status", a.text("Show how the cluster is", "클러스터의 상태를 보여 줍니다"), exactly(), v.run)
	a.clusterName(cmd.Flags(), &v.name)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

// run shows the cluster; one that can't be used is exit code 3, so that scripts
// can ask.
func (v *statusCommand) run(ctx context.Context, _ []string) error {
	e, err := v.findEngine(ctx, engineOptions{no: true})
	if err != nil {
		return err
	}
	s, err := cluster.Look(ctx, e, v.name)
	if err != nil {
		return err
	}
	show := v.show
	if v.format == "json" {
		show = func(s *cluster.Status) error { return v.json(s) }
	}
	if err := show(s); err != nil {
		return err
	}
	if !s.APIReady {
		return &verdictError{exitUnknown}
	}
	return nil
}

func (v *statusCommand) show(s *cluster.Status) error {
	if !s.Exists {
		return v.printf(v.text("there is no cluster %s: podlab up makes it\n", "클러스터 %s가 없습니다: podlab up으로 만듭니다\n"), s.Name)
	}
	whose := v.text("made by podlab", "podlab이 만듦")
	switch {
	case s.Ours:
	case s.Owner != "":
		whose = fmt.Sprintf(v.text("made by podlab for %s", "podlab이 %s를 위해 만듦"), s.Owner)
	default:
		whose = v.text("not made by podlab", "podlab이 만들지 않음")
	}
	api := v.text("the API server is ready", "API 서버 준비됨")
	if !s.APIReady {
		api = v.text("the API server does not answer: ", "API 서버가 대답하지 않음: ") + s.APIError
	}
	if err := v.printf("%s, %s, %s\n", s.Name, whose, api); err != nil {
		return err
	}
	if s.Kubernetes != "" {
		if err := v.printf("Kubernetes %s %s\n", s.Kubernetes, s.Images); err != nil {
			return err
		}
	}
	nodes := text.Table{}
	nodes.Add(v.text("NODE", "노드"), v.text("ROLE", "역할"), v.text("CONTAINER", "컨테이너"), v.text("READY", "준비"))
	for _, n := range s.Nodes {
		nodes.Add(n.Name, n.Role, n.Container, v.readiness(n))
	}
	if err := v.printf("%s%s", nodes.String(), lines(s.Ports)); err != nil {
		return err
	}
	if s.Kubeconfig == "" {
		return nil
	}
	return v.printf("export KUBECONFIG=%s\n", s.Kubeconfig)
}

// lines ends each of them with a newline.
func lines(all []string) string {
	var out strings.Builder
	for _, line := range all {
		out.WriteString(line + "\n")
	}
	return out.String()
}

func (v *statusCommand) readiness(n cluster.NodeStatus) string {
	switch {
	case n.Ready == nil:
		return "?"
	case *n.Ready:
		return v.text("yes", "예")
	default:
		return v.text("no", "아니요")
	}
}
