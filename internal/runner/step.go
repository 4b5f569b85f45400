package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

const (
	// stepTimeout bounds a step that has no other timeout.
	stepTimeout = time.Minute
	// execTimeout bounds an observation, and a command without "within".
	execTimeout = 30 * time.Second
)

// step carries out one step. Loading has checked that the step has one verb.
func (p *run) step(ctx context.Context, s *lab.Step) error {
	if s.Exec == nil && s.Wait == nil {
		limited, cancel := context.WithTimeoutCause(ctx, stepTimeout, fmt.Errorf("timed out after %s", stepTimeout))
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

func (p *run) apply(ctx context.Context, path string) error {
	manifest, err := fs.ReadFile(p.Content, path)
	if err != nil {
		return err
	}
	if err := p.Cluster.Apply(ctx, p.kubeNamespace, manifest); err != nil {
		return fmt.Errorf("apply %s: %w", path, err)
	}
	return nil
}

func (p *run) delete(ctx context.Context, d *lab.Delete) error {
	kind, name := d.Kind, d.Name
	if d.Pod != "" {
		kind, name = "Pod", d.Pod
	}
	var grace *int64
	if d.Grace != nil {
		seconds := int64(d.Grace.D().Seconds())
		grace = &seconds
	}
	return p.Cluster.Delete(ctx, p.kubeNamespace, kind, name, grace)
}

func (p *run) mustExec(ctx context.Context, e *lab.Exec) error {
	result, err := p.exec(ctx, e)
	if err != nil {
		return err
	}
	if result.Exit != 0 && !e.MayFail {
		return fmt.Errorf("run %q: exit code %d: %s", e.Argv, result.Exit, strings.TrimSpace(result.Stderr))
	}
	return nil
}

// exec runs a command in a container or a node. Any exit code is a result.
func (p *run) exec(ctx context.Context, e *lab.Exec) (*lab.ExecResult, error) {
	ctx, cancel := execContext(ctx, e)
	defer cancel()
	filled, err := p.fillIn(ctx, e, expect.State{})
	if err != nil {
		return nil, err
	}
	return p.Cluster.Run(ctx, p.kubeNamespace, filled)
}

func execContext(ctx context.Context, e *lab.Exec) (context.Context, context.CancelFunc) {
	timeout := cmp.Or(e.Within.D(), execTimeout)
	return context.WithTimeoutCause(ctx, timeout, fmt.Errorf("%q timed out after %s", e.Argv, timeout))
}

// fillIn replaces each $(NAME) in the command with its value, which it evaluates over
// the picture in before, or over a new picture if before has none.
func (p *run) fillIn(ctx context.Context, e *lab.Exec, before expect.State) (*lab.Exec, error) {
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
				return nil, &valueError{name, value.Source, result.Reason}
			}
			values = append(values, "$("+name+")", formatValue(result.Value))
		}
	}
	fill := strings.NewReplacer(values...)
	filled := *e
	filled.With = nil
	filled.Stdin = fill.Replace(e.Stdin)
	filled.Argv = make([]string, len(e.Argv))
	for i, argument := range e.Argv {
		filled.Argv[i] = fill.Replace(argument)
	}
	return &filled, nil
}

// A valueError says that a value of a command could not be evaluated.
type valueError struct {
	name, source string
	reason       verdict.Reason
}

func (e *valueError) Error() string {
	return fmt.Sprintf("fill in $(%s) with %s: %s", e.name, oneLine(e.source), e.reason)
}

// install writes one of podlab's programs into a node.
func (p *run) install(ctx context.Context, in *lab.Install) error {
	program, err := p.Program(in.Program)
	if err != nil {
		return err
	}
	path := strings.ReplaceAll(in.Path, "$("+lab.KubeNamespace+")", p.kubeNamespace)
	if err := p.Cluster.Install(ctx, p.Cluster.NodeName(in.Node), path, program); err != nil {
		return fmt.Errorf("install %s: %w", in.Program, err)
	}
	return nil
}

func (p *run) debug(ctx context.Context, d *lab.Debug) error {
	return p.Cluster.Debug(ctx, p.kubeNamespace, d.Pod, corev1.EphemeralContainer{
		EphemeralContainerCommon: corev1.EphemeralContainerCommon{
			Name: d.Container, Image: d.Image, Command: d.Command, ImagePullPolicy: corev1.PullIfNotPresent,
		},
		TargetContainerName: d.Target,
	})
}

// signal sends a signal to the process that the step's expression selects in a new
// picture.
func (p *run) signal(ctx context.Context, s *lab.Signal) error {
	w := p.world(ctx)
	state := p.state(w, s.Pod, s.Node)
	result := s.Process.Eval(ctx, state)
	pid, ok := result.Value.(int64)
	if result.Verdict != verdict.Pass || !ok {
		return fmt.Errorf("signal %s to %s: %s", s.Signal, s.Process.Source, result.Reason)
	}
	name := state.Node
	if pod := w.Pods[s.Pod]; name == "" && pod != nil {
		name = pod.Node
	}
	process := find(w.Nodes[name], int(pid))
	if process == nil {
		return fmt.Errorf("signal %s to %s: node %s has no process %d", s.Signal, s.Process.Source, name, pid)
	}
	if _, err := p.Cluster.Signal(ctx, name, process, syscall.Signal(s.Signal.Number())); err != nil {
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
