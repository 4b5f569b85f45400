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

	"podlab/internal/grade"
	"podlab/internal/lab"
	"podlab/internal/node"
	"podlab/internal/observe"
)

// execWithin is how long a command may take when its step does not say.
const execWithin = 30 * time.Second

// step carries out one step; loading has made sure that it has one verb.
func (p *play) step(ctx context.Context, s *lab.Step) error {
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
	result, err := p.exec(ctx, e)
	if err != nil {
		return err
	}
	if result.Exit != 0 && !e.MayFail {
		return fmt.Errorf("run %q: exit code %d: %s", e.Argv, result.Exit, strings.TrimSpace(result.Stderr))
	}
	return nil
}

// exec runs a command in a container or a node. Whatever code it exits with is
// a result.
func (p *play) exec(ctx context.Context, e *lab.Exec) (*observe.ExecResult, error) {
	within := e.Within.D()
	if within == 0 {
		within = execWithin
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, fmt.Errorf("%q took longer than %s", e.Argv, within))
	defer cancel()
	var stdin io.Reader
	if e.Stdin != "" {
		stdin = strings.NewReader(e.Stdin)
	}
	if e.Node != "" {
		return p.execInNode(ctx, e, stdin)
	}
	stdout, stderr, exit, err := p.Kube.Exec(ctx, p.kubeNamespace, e.Pod, e.Container, e.Argv, stdin)
	if err != nil {
		return nil, err
	}
	return &observe.ExecResult{Exit: exit, Stdout: string(stdout), Stderr: string(stderr)}, nil
}

func (p *play) execInNode(ctx context.Context, e *lab.Exec, stdin io.Reader) (*observe.ExecResult, error) {
	var stdout, stderr bytes.Buffer
	err := p.Node(p.nodeName(e.Node)).Run(ctx, node.Command{Argv: e.Argv, Stdin: stdin, Stdout: &stdout, Stderr: &stderr})
	result := &observe.ExecResult{Stdout: stdout.String(), Stderr: stderr.String()}
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
	if result.Verdict != grade.Pass || !ok {
		return fmt.Errorf("signal %s to %s: %s", s.Signal, s.Process.Source, result.Reason)
	}
	name := state.Node
	if name == "" {
		name = w.Pods[s.Pod].Node
	}
	process := find(w.Nodes[name], int(pid))
	if process == nil {
		return fmt.Errorf("signal %s to %s: pid %d is no process of a pod on node %s", s.Signal, s.Process.Source, pid, name)
	}
	if _, err := p.Observer.Signal(ctx, name, process, syscall.Signal(s.Signal.Number())); err != nil {
		return fmt.Errorf("signal %s to %s: %w", s.Signal, s.Process.Source, err)
	}
	return nil
}

// find returns the process of a node's pods with that pid.
func find(n *observe.Node, pid int) *observe.Process {
	if n == nil {
		return nil
	}
	for _, pod := range n.Pods {
		for _, process := range pod.Processes {
			if process.PID == pid {
				return process
			}
		}
	}
	return nil
}
