package bringup

import (
	"context"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"podlab/internal/assets"
	"podlab/internal/cluster"
	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/kube"
	"podlab/internal/lab"
	"podlab/internal/node"
	"podlab/internal/observe"
	"podlab/internal/progress"
	"podlab/internal/runner"
	"podlab/internal/state"
)

// A Cluster is a running cluster with its clients.
type Cluster struct {
	*cluster.Cluster
	Engine   *engine.Engine
	Kube     *kube.Client
	Observer *observe.Observer
	// Images and Phases are set by [Up].
	Images *image.Images
	Phases []Phase
}

// Open connects to a cluster that is already running. The caller closes the result.
func Open(ctx context.Context, e *engine.Engine, name string) (*Cluster, error) {
	c, err := cluster.Open(ctx, e, name)
	if err != nil {
		return nil, err
	}
	return connect(ctx, e, c)
}

func connect(ctx context.Context, e *engine.Engine, c *cluster.Cluster) (*Cluster, error) {
	client, err := kube.New(c.Kubeconfig)
	if err != nil {
		return nil, err
	}
	nodeprobe, err := assets.Nodeprobe(e.Arch)
	if err != nil {
		return nil, err
	}
	return &Cluster{Cluster: c, Engine: e, Kube: client, Observer: observe.New(ctx, observe.Config{
		Kube: client, Cluster: c.Name, Nodes: c.NodeNames(), Nodeprobe: nodeprobe, Inspect: e.Inspect,
		Node: func(name string) node.Runner { return node.Engine(e, name) },
	})}, nil
}

// Close ends the observation. The cluster keeps running.
func (c *Cluster) Close() error { return c.Observer.Close() }

// Machine describes what scenarios can need.
func (c *Cluster) Machine() *Machine {
	return &Machine{
		Images: c.Cluster.Images, CgroupVersion: c.Engine.CgroupVersion, Arch: c.Engine.Arch,
		Node: node.Engine(c.Engine, c.Nodes[0].Name),
	}
}

// clients implements [runner.Cluster]: the API client makes changes, the observer
// takes pictures and makes observations.
type clients struct {
	*kube.Client
	*observe.Observer
}

// Identity implements [runner.Cluster].
func (c clients) Identity(ctx context.Context) runner.Identity {
	var id runner.Identity
	if uid, err := c.ClusterUID(ctx); err == nil {
		id.UID = uid
	}
	if container, err := c.Inspect(ctx, c.Config.Nodes[0]); err == nil {
		id.Container, _ = container["Id"].(string)
	}
	return id
}

// Runner returns a runner of the content's scenarios on the cluster; files holds the
// content's manifests.
func (c *Cluster) Runner(content *lab.Content, files fs.FS, reporter progress.Reporter) (*runner.Runner, error) {
	dir, err := state.Dir()
	if err != nil {
		return nil, err
	}
	return &runner.Runner{
		Cluster: clients{c.Kube, c.Observer}, Name: c.Name, Content: files,
		Scenarios: slices.Collect(maps.Keys(content.Scenarios)),
		Program:   func(name string) ([]byte, error) { return image.Program(name, c.Engine.Arch) },
		Lacks:     c.Machine().Lacks,
		Dir:       filepath.Join(dir, "starts"), Progress: reporter,
	}, nil
}
