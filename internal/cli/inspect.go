package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"

	"podlab/internal/anatomy"
	"podlab/internal/observe"
)

type inspectVerb struct {
	*app
	name          string
	kubeNamespace string
	format        string
}

func (a *app) inspect() *cobra.Command {
	v := &inspectVerb{app: a}
	cmd := a.verb("inspect POD", a.say("Show a pod's anatomy: its sandbox, and its processes × namespaces", "파드의 속을 보여 줍니다: 샌드박스, 프로세스 × 네임스페이스"),
		exactly("POD"), v.run)
	a.clusterName(cmd.Flags(), &v.name)
	cmd.Flags().VarP(&checked{value: &v.kubeNamespace, check: checkLabel}, "namespace", "n",
		a.say("its kube namespace (default: the only one with such a pod)", "파드의 쿠버네티스 네임스페이스 (기본은 그런 파드가 있는 유일한 곳)"))
	a.output(cmd, &v.format, "text", "json")
	return cmd
}

func (v *inspectVerb) run(ctx context.Context, args []string) (err error) {
	name := args[0]
	if err := checkPod(name); err != nil {
		return mistake(fmt.Sprintf("a pod can't be called %q: it %v", name, err))
	}
	in, err := v.open(ctx, v.name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	if v.kubeNamespace == "" {
		pods, err := in.kube.Pods(ctx, "")
		if err != nil {
			return err
		}
		if v.kubeNamespace, err = home(pods, name); err != nil {
			return err
		}
	}
	world := in.observer.World(ctx, observe.Scope{KubeNamespace: v.kubeNamespace})
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	found, err := anatomy.Of(world, name)
	if err != nil {
		return err
	}
	if v.format == "json" {
		return v.json(found)
	}
	return found.Render(v.Out, anatomy.Style{Lang: v.lang, Color: v.Color(), Width: v.Width()})
}

// home returns the kube namespace of the only pod of that name.
func home(pods []corev1.Pod, name string) (string, error) {
	var homes, all []string
	for i := range pods {
		all = append(all, pods[i].Namespace+"/"+pods[i].Name)
		if pods[i].Name == name {
			homes = append(homes, pods[i].Namespace)
		}
	}
	switch len(homes) {
	case 1:
		return homes[0], nil
	case 0:
		return "", mistake(fmt.Sprintf("there is no pod %q; there are: %s", name, strings.Join(all, ", ")))
	default:
		return "", mistake(fmt.Sprintf("there are pods %q in several kube namespaces: say which with -n: %s", name, strings.Join(homes, ", ")))
	}
}
