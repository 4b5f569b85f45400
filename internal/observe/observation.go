package observe

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

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
		log, err := o.Kube.Logs(ctx, kubeNamespace, of.Logs.Pod, of.Logs.Container, of.Logs.Previous)
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
	if e.Node != "" {
		return runInNode(ctx, o.Node(o.NodeName(e.Node)), e.Argv, stdin)
	}
	stdout, stderr, exit, err := o.Kube.Exec(ctx, kubeNamespace, e.Pod, e.Container, e.Argv, stdin)
	if err != nil {
		return nil, err
	}
	return &lab.ExecResult{Exit: exit, Stdout: string(stdout), Stderr: string(stderr)}, nil
}

// runInNode runs a command in a node. The engine's command line exits with 1 for
// errors of its own, too, so the command's exit code comes in-band: as the last line
// of standard error, behind a word that the command can't know.
func runInNode(ctx context.Context, r node.Runner, argv []string, stdin io.Reader) (*lab.ExecResult, error) {
	// The shell's own standard error is closed: it would say that a signal killed the
	// command.
	const script = `exec 3>&2 2>/dev/null; ("$@" 2>&3 3>&-); code=$?; printf '\n%s %s\n' "$0" "$code" >&3; exit "$code"`
	marker := rand.Text()
	var stdout, stderr boundedOutput
	err := r.Run(ctx, node.Command{Argv: append([]string{"sh", "-c", script, marker}, argv...), Stdin: stdin, Stdout: &stdout, Stderr: &stderr})
	if _, exited := errors.AsType[*node.ExitError](err); err != nil && !exited {
		return nil, err
	}
	text, last, found := cutLast(stderr.String(), "\n"+marker+" ")
	code, parseErr := strconv.Atoi(strings.TrimSpace(last))
	if !found || parseErr != nil {
		return nil, fmt.Errorf("run %q: the engine did not report the exit code: %w", argv, errors.Join(err, parseErr))
	}
	return &lab.ExecResult{Exit: code, Stdout: stdout.String(), Stderr: text}, nil
}

// outputLimit bounds the bytes of an output that podlab keeps.
const outputLimit = 1 << 20

// A boundedOutput keeps the first half of outputLimit and the last half.
type boundedOutput struct{ head, tail []byte }

func (o *boundedOutput) Write(p []byte) (int, error) {
	n := min(len(p), outputLimit/2-len(o.head))
	o.head = append(o.head, p[:n]...)
	o.tail = append(o.tail, p[n:]...)
	if extra := len(o.tail) - outputLimit/2; extra > outputLimit {
		o.tail = slices.Delete(o.tail, 0, extra)
	}
	return len(p), nil
}

func (o *boundedOutput) String() string {
	return string(o.head) + string(o.tail[max(0, len(o.tail)-outputLimit/2):])
}

func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(separator):], true
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
