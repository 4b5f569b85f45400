package observe

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"podlab/internal/kube"
	"podlab/internal/lab"
	"podlab/internal/node"
	"podlab/internal/world"
)

// NodeName returns the full name of a node (myk8s-worker) from its short name
// (worker).
func (o *Observer) NodeName(short string) string { return o.Cluster + "-" + short }

// Observe makes one observation in a kube namespace. The values of an Exec must be
// filled in. The result is a *[lab.ExecResult], a *[lab.FetchResult], or a
// document of maps, lists and plain values. The error is a *[world.AbsentError]
// when the object is known not to exist.
func (o *Observer) Observe(ctx context.Context, kubeNamespace string, of *lab.Observation) (any, error) {
	switch {
	case of.Exec != nil:
		return o.Run(ctx, kubeNamespace, of.Exec)
	case of.Logs != nil:
		log, err := o.Kube.Logs(ctx, kubeNamespace, of.Logs.Pod, of.Logs.Container, kube.LogOptions{Previous: of.Logs.Previous})
		if err != nil {
			return nil, err
		}
		return &lab.ExecResult{Stdout: string(log)}, nil
	case of.Fetch != nil:
		return o.fetch(ctx, of.Fetch)
	case of.Get != nil:
		return o.get(ctx, kubeNamespace, of.Get)
	case of.List != nil:
		return o.list(ctx, kubeNamespace, of.List)
	case of.Inspect != nil:
		return o.Inspect(ctx, o.NodeName(of.Inspect.Node))
	case of.Kubeconfig != nil:
		return o.Kube.Kubeconfig()
	}
	return nil, errors.New("the observation has no verb")
}

// Run runs a command in a container or a node. Any exit code is a result, not an
// error.
func (o *Observer) Run(ctx context.Context, kubeNamespace string, e *lab.Exec) (*lab.ExecResult, error) {
	var stdin io.Reader
	if e.Stdin != "" {
		stdin = strings.NewReader(e.Stdin)
	}
	if e.Node == "" {
		stdout, stderr, exit, err := o.Kube.Exec(ctx, kubeNamespace, e.Pod, e.Container, e.Argv, stdin)
		if err != nil {
			return nil, err
		}
		return &lab.ExecResult{Exit: exit, Stdout: string(stdout), Stderr: string(stderr)}, nil
	}
	var stdout, stderr bytes.Buffer
	err := o.Node(o.NodeName(e.Node)).Run(ctx, node.Command{Argv: e.Argv, Stdin: stdin, Stdout: &stdout, Stderr: &stderr})
	result := &lab.ExecResult{Stdout: stdout.String(), Stderr: stderr.String()}
	if exit, ok := errors.AsType[*node.ExitError](err); ok {
		result.Exit = exit.Code
		return result, nil
	}
	if err != nil {
		return nil, err
	}
	return result, nil
}

func (o *Observer) get(ctx context.Context, kubeNamespace string, g *lab.Get) (map[string]any, error) {
	name := g.Name
	if g.Node != "" {
		name = o.NodeName(g.Node)
	}
	object, err := o.Kube.Get(ctx, cmp.Or(g.KubeNamespace, kubeNamespace), g.APIVersion, g.Kind, name)
	if apierrors.IsNotFound(err) {
		return nil, &world.AbsentError{Object: g.Kind + " " + name}
	}
	return object, err
}

func (o *Observer) list(ctx context.Context, kubeNamespace string, l *lab.List) ([]any, error) {
	in := cmp.Or(l.KubeNamespace, kubeNamespace)
	if in == "*" {
		in = ""
	}
	return o.Kube.List(ctx, in, l.APIVersion, l.Kind, l.Labels)
}
