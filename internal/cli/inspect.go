package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"podlab/internal/anatomy"
	"podlab/internal/world"
)

type inspectCommand struct {
	*app
	name          string
	kubeNamespace string
	format        string
}

func (a *app) inspect() *cobra.Command {
	v := &inspectCommand{app: a}
	cmd := a.command("inspect POD", a.text("Show the anatomy of a pod: its sandbox, processes and namespaces", "파드의 구조를 보여 줍니다: 샌드박스, 프로세스, 네임스페이스"),
		arguments("POD"), v.run)
	a.clusterName(cmd.Flags(), &v.name)
	cmd.Flags().VarP(&nameValue{value: &v.kubeNamespace, check: checkLabel}, "namespace", "n",
		a.text("kube namespace of the pod (default: the only one with a pod of that name)", "파드의 쿠버네티스 네임스페이스 (기본값: 그 이름의 파드가 있는 유일한 곳)"))
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *inspectCommand) run(ctx context.Context, args []string) (err error) {
	name := args[0]
	if err := checkPod(name); err != nil {
		return argumentError(fmt.Sprintf("%q is not a pod name: it %v", name, err))
	}
	in, err := v.open(ctx, v.name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if v.kubeNamespace == "" {
		pods, err := in.Kube.Pods(ctx, "")
		if err != nil {
			return err
		}
		if v.kubeNamespace, err = namespaceOf(pods, name); err != nil {
			return err
		}
	}
	picture := in.Observer.World(ctx, world.Scope{KubeNamespace: v.kubeNamespace})
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	found, err := anatomy.Of(picture, name)
	if err != nil {
		return err
	}
	if v.format == "json" {
		return v.json(found)
	}
	return found.Render(v.Out, anatomy.Style{Lang: v.lang, Color: v.Color(), Width: v.Width()})
}

// maxSuggestions limits how many similar pods an error lists.
const maxSuggestions = 5

// namespaceOf returns the kube namespace of the only pod with that name.
func namespaceOf(pods []corev1.Pod, name string) (string, error) {
	var namespaces, similar []string
	for i := range pods {
		pod := &pods[i]
		if pod.Name == name {
			namespaces = append(namespaces, pod.Namespace)
		}
		if strings.Contains(pod.Name, name) || strings.Contains(name, pod.Name) {
			similar = append(similar, fmt.Sprintf("  podlab inspect %s -n %s", pod.Name, pod.Namespace))
		}
	}
	switch {
	case len(namespaces) == 1:
		return namespaces[0], nil
	case len(namespaces) > 1:
		return "", argumentError(fmt.Sprintf("pod %q is in several kube namespaces, choose one with -n: %s", name, strings.Join(namespaces, ", ")))
	case len(similar) > 0:
		return "", argumentError(fmt.Sprintf("there is no pod %q; did you mean:\n%s", name, strings.Join(similar[:min(len(similar), maxSuggestions)], "\n")))
	default:
		return "", argumentError(fmt.Sprintf("there is no pod %q in any kube namespace; kubectl get pods -A lists all pods", name))
	}
}
