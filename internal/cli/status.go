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
	cmd := a.command("status", a.text("Show the state of the cluster", "클러스터의 상태를 보여 줍니다"), arguments(), v.run)
	a.clusterName(cmd.Flags(), &v.name)
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *statusCommand) run(ctx context.Context, _ []string) error {
	e, err := v.findEngine(ctx, engineOptions{no: true})
	if err != nil {
		return err
	}
	s, err := cluster.GetStatus(ctx, e, v.name)
	if err != nil {
		return err
	}
	return v.showStatus(s, v.format)
}

// showStatus prints the state of a cluster. The exit code is 3 if the API server is
// not ready, so that scripts can test for it.
func (a *app) showStatus(s *cluster.Status, format string) error {
	if err := a.writeStatus(s, format); err != nil {
		return err
	}
	if !s.APIReady {
		return &verdictError{exitUnknown}
	}
	return nil
}

func (a *app) writeStatus(s *cluster.Status, format string) error {
	switch {
	case format == "json":
		return a.json(s)
	case !s.Exists:
		return a.printf(a.text("cluster %s does not exist: podlab up creates it\n", "%s 클러스터가 없습니다. podlab up으로 만들 수 있습니다.\n"), s.Name)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s, %s, %s\n", s.Name, a.origin(s), a.apiState(s))
	if s.Kubernetes != "" {
		fmt.Fprintf(&out, "Kubernetes %s", s.Kubernetes)
		if s.Images != "" {
			fmt.Fprintf(&out, a.text(", images from %s", ", 이미지 출처: %s"), s.Images)
		}
		out.WriteString("\n")
	}
	nodes := text.Table{}
	nodes.Add(a.text("NODE", "노드"), a.text("ROLE", "역할"), a.text("CONTAINER", "컨테이너"), a.text("READY", "준비"))
	for _, n := range s.Nodes {
		nodes.Add(n.Name, n.Role, n.Container, a.readiness(n))
	}
	out.WriteString(nodes.String())
	for _, port := range s.Ports {
		fmt.Fprintln(&out, port)
	}
	if s.Kubeconfig != "" {
		fmt.Fprintf(&out, "export KUBECONFIG=%s\n", s.Kubeconfig)
	}
	return a.printf("%s", out.String())
}

// origin returns who created the cluster.
func (a *app) origin(s *cluster.Status) string {
	switch {
	case s.Ours:
		return a.text("created by podlab", "podlab이 만듦")
	case s.Owner != "":
		return fmt.Sprintf(a.text("created by podlab for %s", "podlab이 만듦(소유자: %s)"), s.Owner)
	default:
		return a.text("not created by podlab", "podlab이 만들지 않음")
	}
}

func (a *app) apiState(s *cluster.Status) string {
	if s.APIReady {
		return a.text("the API server is ready", "API 서버 준비됨")
	}
	return a.text("the API server is not ready: ", "API 서버가 준비되지 않음: ") + s.APIError
}

func (a *app) readiness(n cluster.NodeStatus) string {
	switch {
	case n.Ready == nil:
		return "?"
	case *n.Ready:
		return a.text("yes", "예")
	default:
		return a.text("no", "아니요")
	}
}
