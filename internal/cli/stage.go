package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"podlab/internal/assets"
	"podlab/internal/cluster"
	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/kube"
	"podlab/internal/lab"
	"podlab/internal/node"
	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/client"
	"podlab/internal/observe"
	"podlab/internal/runner"
	"podlab/internal/state"
)

// A view is a running cluster that can be looked at.
type view struct {
	cluster  *cluster.Cluster
	engine   *engine.Engine
	kube     *kube.Client
	observer *observe.Observer
}

// look opens an observer on a cluster. The caller closes the view.
func look(e *engine.Engine, c *cluster.Cluster) (*view, error) {
	kubeClient, err := kube.New(c.Kubeconfig)
	if err != nil {
		return nil, err
	}
	binary, err := assets.Nodeprobe(e.Arch)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(c.Nodes))
	for i, n := range c.Nodes {
		names[i] = n.Name
	}
	dial := func(ctx context.Context, name string, onEvent func(api.Event)) (*client.Client, error) {
		return client.Dial(ctx, node.Engine(e, name), binary, onEvent)
	}
	return &view{cluster: c, engine: e, kube: kubeClient, observer: observe.New(kubeClient, names, dial)}, nil
}

// open looks at the cluster of that name, which must be there.
func (a *app) open(ctx context.Context, name string) (*view, error) {
	e, err := a.useEngine(ctx, engineOptions{no: true})
	if err != nil {
		return nil, err
	}
	c, err := cluster.Open(ctx, e, name)
	if err != nil {
		return nil, err
	}
	return look(e, c)
}

// Close ends the observation.
func (v *view) Close() error { return v.observer.Close() }

// stage makes the cluster one that the content's scenarios can be played on.
func (a *app) stage(v *view, o *contentOptions, content *lab.Content) (*runner.Stage, error) {
	files, err := o.files()
	if err != nil {
		return nil, err
	}
	dir, err := state.Dir()
	if err != nil {
		return nil, err
	}
	s := &runner.Stage{
		Content: files, Cluster: v.cluster.Name, Kube: v.kube, Observer: v.observer,
		Node:    func(name string) node.Runner { return node.Engine(v.engine, name) },
		Program: func(name string) ([]byte, error) { return image.Program(name, v.engine.Arch) },
		Inspect: v.engine.Inspect,
		Dir:     filepath.Join(dir, "starts"), Progress: a.progress(),
		Lacks: (&runner.Machine{
			Images: v.cluster.Images, CgroupVersion: v.engine.CgroupVersion, Arch: v.engine.Arch,
			Node: node.Engine(v.engine, v.cluster.Nodes[0].Name),
		}).Lacks,
	}
	for name := range content.Scenarios {
		s.Scenarios = append(s.Scenarios, name)
	}
	return s, nil
}

// onOpen plays on the cluster of that name as it is, on which the lab must have
// been started.
func (a *app) onOpen(ctx context.Context, name string, o *contentOptions, content *lab.Content, l *lab.Lab,
	play func(*view, *runner.Stage) error,
) (err error) {
	on, err := a.open(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, on.Close()) }()
	s, err := a.stage(on, o, content)
	if err != nil {
		return err
	}
	err = play(on, s)
	if errors.Is(err, runner.ErrNotStarted) {
		return fmt.Errorf("%w: podlab start %s does that", err, l.Name)
	}
	return err
}

// onStage brings up a lab's cluster, plays on it, and leaves it there. Whoever
// else wants the cluster meanwhile is told to wait.
func (a *app) onStage(ctx context.Context, bring bringUpOptions, o *contentOptions, name string,
	play func(*ground, *runner.Stage, *lab.Content, *lab.Lab) error,
) error {
	content, l, err := o.lab(name)
	if err != nil {
		return err
	}
	return holding(bring.name, func() (err error) {
		g, err := a.bringUp(ctx, bring, l)
		if err != nil {
			return err
		}
		v, err := look(g.engine, g.cluster)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, v.Close()) }()
		s, err := a.stage(v, o, content)
		if err != nil {
			return err
		}
		return play(g, s, content, l)
	})
}
