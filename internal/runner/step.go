package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/node"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

// stepWithin is how long a step may take that has no time of its own: deleting
// waits for a node that may be no more.
const stepWithin = time.Minute

// execWithin is how long a command may take when its step does not say.
const execWithin = 30 * time.Second

// step carries out one step; loading has made sure that it has one verb.
func (p *play) step(ctx context.Context, s *lab.Step) error {
	if s.Exec == nil && s.Wait == nil {
		limited, cancel := context.WithTimeoutCause(ctx, stepWithin, fmt.Errorf("it took longer than %s", stepWithin))
		defer cancel()
		ctx = limited
	}
	switch {
	case s.Apply != "":
		return p.apply(ctx, s.Apply)
	case s.Delete != nil:
		return p.delete(ctx, s.Delete)
	case s.Exec != nil:
		return p.mustExec(ctx, s.Exec)
	case s.Signal != nil:
		return p.signal(ctx, s.Signal)
	case s.Wait != nil:
		return p.await(ctx, s.Wait)
	case s.Install != nil:
		return p.install(ctx, s.Install)
	case s.Debug != nil:
		return p.debug(ctx, s.Debug)
	}
	return errors.New("the step has no verb")
}

func (p *play) apply(ctx context.Context, path string) error {
	manifest, err := fs.ReadFile(p.Content, path)
	if err != nil {
		return err
	}
	if _, err := p.Kube.Apply(ctx, p.kubeNamespace, manifest); err != nil {
		return fmt.Errorf("apply %s: %w", path, err)
	}
	return nil
}

func (p *play) delete(ctx context.Context, d *lab.Delete) error {
	kind, name := d.Kind, d.Name
	if d.Pod != "" {
		kind, name = "Pod", d.Pod
	}
	var grace *int64
	if d.Grace != nil {
		seconds := int64(d.Grace.D().Seconds())
		grace = &seconds
	}
	return p.Kube.Delete(ctx, p.kubeNamespace, kind, name, grace)
}

func (p *play) mustExec(ctx context.Context, e *lab.Exec) error {
	result, err := p.exec(ctx, e, expect.State{})
	if err != nil {
		return err
	}
	if result.Exit != 0 && !e.MayFail {
		return fmt.Errorf("run %q: exit code %d: %s", e.Argv, result.Exit, strings.TrimSpace(result.Stderr))
	}
	return nil
}

// exec runs a command in a container or a node. Its values are of what was
// observed before, if there is a picture in that, else of a fresh one. Whatever
// code it exits with is a result.
func (p *play) exec(ctx context.Context, e *lab.Exec, before expect.State) (*lab.ExecResult, error) {
	within := e.Within.D()
	if within == 0 {
		within = execWithin
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("%q took longer than %s", e.Argv, within))
	defer cancel()
	argv, input, err := p.filledIn(ctx, e, before)
	if err != nil {
		return nil, err
	}
	var stdin io.Reader
	if input != "" {
		stdin = strings.NewReader(input)
	}
	if e.Node != "" {
		return p.execInNode(ctx, e.Node, argv, stdin)
	}
	stdout, stderr, exit, err := p.Kube.Exec(ctx, p.kubeNamespace, e.Pod, e.Container, argv, stdin)
	if err != nil {
		return nil, err
	}
	return &lab.ExecResult{Exit: exit, Stdout: string(stdout), Stderr: string(stderr)}, nil
}

// filledIn returns the command and its input with what stands for its values.
func (p *play) filledIn(ctx context.Context, e *lab.Exec, before expect.State) (argv []string, stdin string, err error) {
	values := []string{"$(" + lab.KubeNamespace + ")", p.kubeNamespace}
	if len(e.With) > 0 {
		w := before.World
		if w == nil {
			w = p.world(ctx)
		}
		state := p.state(w, e.About, e.Node)
		state.Got, state.Missing, state.NotThere = before.Got, before.Missing, before.NotThere
		for name, value := range e.With {
			result := value.Eval(ctx, state)
			if result.Verdict != verdict.Pass {
				return nil, "", &valueError{name, value.Source, result.Reason}
			}
			values = append(values, "$("+name+")", written(result.Value))
		}
	}
	fill := strings.NewReplacer(values...)
	for _, argument := range e.Argv {
		argv = append(argv, fill.Replace(argument))
	}
	return argv, fill.Replace(e.Stdin), nil
}

// A valueError says that a command can't be put together.
type valueError struct {
	name, source string
	reason       verdict.Reason
}

func (e *valueError) Error() string {
	return fmt.Sprintf("$(%s), which is %s: %s", e.name, oneLine(e.source), e.reason)
}

// install puts a program into a node, whole or not at all.
func (p *play) install(ctx context.Context, in *lab.Install) error {
	program, err := p.Program(in.Program)
	if err != nil {
		return err
	}
	to := strings.ReplaceAll(in.Path, "$("+lab.KubeNamespace+")", p.kubeNamespace)
	const script = `mkdir -p "$(dirname "$1")" && cat >"$1.new" && chmod 755 "$1.new" && mv "$1.new" "$1"`
	result, err := p.execInNode(ctx, in.Node, []string{"sh", "-c", script, "sh", to}, bytes.NewReader(program))
	if err == nil && result.Exit != 0 {
		err = errors.New(strings.TrimSpace(result.Stderr))
	}
	if err != nil {
		return fmt.Errorf("install %s as %s in node %s: %w", in.Program, to, in.Node, err)
	}
	return nil
}

func (p *play) debug(ctx context.Context, d *lab.Debug) error {
	return p.Kube.Debug(ctx, p.kubeNamespace, d.Pod, corev1.EphemeralContainer{
		EphemeralContainerCommon: corev1.EphemeralContainerCommon{
			Name: d.Container, Image: d.Image, Command: d.Command, ImagePullPolicy: corev1.PullIfNotPresent,
		},
		TargetContainerName: d.Target,
	})
}

func (p *play) execInNode(ctx context.Context, name string, argv []string, stdin io.Reader) (*lab.ExecResult, error) {
	var stdout, stderr bytes.Buffer
	err := p.Node(p.nodeName(name)).Run(ctx, node.Command{Argv: argv, Stdin: stdin, Stdout: &stdout, Stderr: &stderr})
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

// signal sends a signal to the process that the step's expression names, as it
// is in a fresh picture.
func (p *play) signal(ctx context.Context, s *lab.Signal) error {
	w := p.world(ctx)
	state := p.state(w, s.Pod, s.Node)
	result := s.Process.Eval(ctx, state)
	pid, ok := result.Value.(int64)
	if result.Verdict != verdict.Pass || !ok {
		return fmt.Errorf("signal %s to %s: %s", s.Signal, s.Process.Source, result.Reason)
	}
	name := state.Node
	if name == "" {
		name = w.Pods[s.Pod].Node
	}
	process := find(w.Nodes[name], int(pid))
	if process == nil {
		return fmt.Errorf("signal %s to %s: pid %d is no process of node %s", s.Signal, s.Process.Source, pid, name)
	}
	if _, err := p.Observer.Signal(ctx, name, process, syscall.Signal(s.Signal.Number())); err != nil {
		return fmt.Errorf("signal %s to %s: %w", s.Signal, s.Process.Source, err)
	}
	return nil
}

// find returns the process of a node with that pid.
func find(n *world.Node, pid int) *world.Process {
	if n == nil {
		return nil
	}
	for _, process := range n.Processes {
		if process.PID == pid {
			return process
		}
	}
	return nil
}
