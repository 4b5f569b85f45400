package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"podlab/internal/expect"
	"podlab/internal/lab"
	"podlab/internal/progress"
	"podlab/internal/world"
)

// A Runner runs scenarios on one cluster.
type Runner struct {
	Cluster Cluster
	// Name is the cluster's name, under which records are kept.
	Name string
	// Content holds the manifests that steps apply.
	Content fs.FS
	// Scenarios are the names of all scenarios. A picture for one scenario leaves out
	// the kube namespaces of the others.
	Scenarios []string
	// Program returns one of podlab's own programs for the nodes.
	Program func(name string) ([]byte, error)
	// Lacks returns why this machine does not meet a need of a scenario or a task, ""
	// when it does; nil meets every need.
	Lacks func(lab.Need) string
	// Dir holds the records, one folder per cluster.
	Dir      string
	Progress progress.Reporter

	identify sync.Once
	known    Identity
}

// ErrNotStarted says that a scenario was not set up on this cluster, so that there is
// nothing to judge.
var ErrNotStarted = errors.New("the scenario has not been started on this cluster")

// A run is one scenario in one kube namespace.
type run struct {
	*Runner
	scenario      *lab.Scenario
	kubeNamespace string
	start         *world.World

	// waited is the time spent in wait steps, in nanoseconds.
	waited atomic.Int64
}

func (s *Runner) newRun(of *lab.Scenario, kubeNamespace string) *run {
	return &run{Runner: s, scenario: of, kubeNamespace: kubeNamespace}
}

// identity returns the cluster's identity. It asks the cluster only once: one command
// works on one cluster.
func (s *Runner) identity(ctx context.Context) Identity {
	s.identify.Do(func() { s.known = s.Cluster.Identity(ctx) })
	return s.known
}

// rehearsal names the kube namespaces that Verify uses.
func rehearsal(scenario string, n int) string { return fmt.Sprintf("%s-rehearsal-%d", scenario, n) }

var rehearsed = regexp.MustCompile(`-rehearsal-\d+$`)

// world takes a picture that is up to date.
func (p *run) world(ctx context.Context) *world.World { return p.Cluster.World(ctx, p.scope()) }

// cachedWorld takes a picture in which the API's part may be as old as the last
// change that the watch told of.
func (p *run) cachedWorld(ctx context.Context) *world.World {
	scope := p.scope()
	scope.Cached = true
	return p.Cluster.World(ctx, scope)
}

func (p *run) scope() world.Scope {
	return world.Scope{KubeNamespace: p.kubeNamespace, LeaveOut: p.otherScenario}
}

// otherScenario reports whether a kube namespace belongs to a scenario.
func (s *Runner) otherScenario(kubeNamespace string) bool {
	name := rehearsed.ReplaceAllString(kubeNamespace, "")
	return slices.Contains(s.Scenarios, name)
}

// state returns the variables of an expression about that pod and node.
func (p *run) state(w *world.World, pod, shortNode string) expect.State {
	s := expect.State{World: w, Start: p.start, Pod: pod}
	if shortNode != "" {
		s.Node = p.Cluster.NodeName(shortNode)
	}
	return s
}

// setUp removes what an earlier run left, carries out the scenario's setup, and
// records the picture of the complete situation.
func (p *run) setUp(ctx context.Context) error {
	if err := p.forget(); err != nil {
		return err
	}
	labels := map[string]string{"podlab/scenario": p.scenario.Name}
	if err := p.Cluster.EnsureNamespace(ctx, p.kubeNamespace, labels); err != nil {
		return err
	}
	if err := p.clear(ctx); err != nil {
		return err
	}
	if err := p.steps(ctx, "setup", p.scenario.Setup); err != nil {
		return err
	}
	// A fact that is missing from this picture stays missing.
	p.start = p.awaitWorld(ctx, complete)
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return p.keep(startFile, &start{Cluster: p.identity(ctx), ScenarioHash: p.scenario.Hash, World: p.start})
}

// undo removes what an interrupted setup or solution left behind.
func (p *run) undo(ctx context.Context) error {
	return errors.Join(p.forget(), p.clear(ctx))
}

// cleanupTimeout bounds cleaning up after an earlier run.
const cleanupTimeout = 2 * time.Minute

// clear cleans up in the nodes and then empties the kube namespace. The other way
// round, a node would create its static pods in the kube namespace again.
func (p *run) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, cleanupTimeout, fmt.Errorf("not cleaned up after %s", cleanupTimeout))
	defer cancel()
	return errors.Join(p.steps(ctx, "cleanup", p.scenario.Cleanup), p.Cluster.Reset(ctx, p.kubeNamespace))
}

// A start is the record of a complete setup.
type start struct {
	Cluster Identity `json:"cluster"`
	// ScenarioHash is the scenario's when it was set up.
	ScenarioHash string       `json:"scenarioHash"`
	World        *world.World `json:"world"`
}

// recall loads the record of the setup. A record of another cluster or of other
// content counts as none: the checks might not fit the situation that it describes.
func (p *run) recall(ctx context.Context) error {
	var recorded start
	err := p.kept(startFile, &recorded)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: %w", p.scenario.Name, ErrNotStarted)
	case err != nil:
		return err
	case !recorded.Cluster.is(p.identity(ctx)):
		return fmt.Errorf("%s: %w, but on another one of that name", p.scenario.Name, ErrNotStarted)
	case recorded.World == nil || recorded.ScenarioHash != p.scenario.Hash:
		return fmt.Errorf("%s: %w: its content has changed since", p.scenario.Name, ErrNotStarted)
	}
	p.start = recorded.World
	return nil
}

func (p *run) steps(ctx context.Context, what string, steps []lab.Step) error {
	for i := range steps {
		if err := p.step(ctx, &steps[i]); err != nil {
			return fmt.Errorf("%s of %s, step %d: %w", what, p.scenario.Name, i+1, err)
		}
	}
	return nil
}
