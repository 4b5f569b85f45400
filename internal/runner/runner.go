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
	// Name is the cluster's name. The records of each cluster are separate.
	Name string
	// Content holds the manifests that steps apply.
	Content fs.FS
	// Scenarios are the names of all scenarios. A picture for one scenario leaves out
	// the kube namespaces of the others.
	Scenarios []string
	// Program returns one of podlab's own programs for the nodes.
	Program func(name string) ([]byte, error)
	// Lacks returns why this machine does not meet a need of a scenario or a task, ""
	// if it does. If Lacks is nil, the machine meets every need.
	Lacks func(lab.Need) string
	// Dir holds the records, one folder per cluster.
	Dir      string
	Progress progress.Reporter

	identify sync.Once
	known    Identity
}

// ErrNotStarted says that a scenario was not set up on this cluster, so there is
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

// Named returns a scenario with the names of this cluster in its texts.
func (r *Runner) Named(of *lab.Scenario) *lab.Scenario { return r.newRun(of, of.Name).scenario }

func (r *Runner) newRun(of *lab.Scenario, kubeNamespace string) *run {
	return &run{Runner: r, scenario: of.WithNames(r.Cluster.NodeName, kubeNamespace), kubeNamespace: kubeNamespace}
}

// identity returns the cluster's identity. It asks the cluster only once: one command
// works on one cluster.
func (r *Runner) identity(ctx context.Context) Identity {
	r.identify.Do(func() { r.known = r.Cluster.Identity(ctx) })
	return r.known
}

// rehearsalNamespace returns the kube namespace of the n-th rehearsal of a scenario.
func rehearsalNamespace(scenario string, n int) string {
	return fmt.Sprintf("%s-rehearsal-%d", scenario, n)
}

var rehearsalSuffix = regexp.MustCompile(`-rehearsal-\d+$`)

// world takes a picture that is up to date.
func (p *run) world(ctx context.Context) *world.World { return p.Cluster.World(ctx, p.scope()) }

// cachedWorld takes a picture whose pods and events are as old as the last change that
// the watch reported.
func (p *run) cachedWorld(ctx context.Context) *world.World {
	scope := p.scope()
	scope.Cached = true
	return p.Cluster.World(ctx, scope)
}

func (p *run) scope() world.Scope {
	return world.Scope{KubeNamespace: p.kubeNamespace, LeaveOut: p.otherScenario}
}

// otherScenario reports whether a kube namespace belongs to a scenario.
func (r *Runner) otherScenario(kubeNamespace string) bool {
	name := rehearsalSuffix.ReplaceAllString(kubeNamespace, "")
	return slices.Contains(r.Scenarios, name)
}

// state returns the variables of an expression about that pod and node.
func (p *run) state(w *world.World, pod, shortNode string) expect.State {
	s := expect.State{World: w, Start: p.start, Pod: pod}
	if shortNode != "" {
		s.Node = p.Cluster.NodeName(shortNode)
	}
	return s
}

// setUp cleans up after an earlier run, carries out the scenario's setup, and records
// the picture after it.
func (p *run) setUp(ctx context.Context) error {
	if err := p.removeRecords(); err != nil {
		return err
	}
	labels := map[string]string{"podlab/scenario": p.scenario.Name}
	if err := p.Cluster.EnsureNamespace(ctx, p.kubeNamespace, labels); err != nil {
		return err
	}
	if err := p.cleanUp(ctx); err != nil {
		return err
	}
	if err := p.steps(ctx, "setup", p.scenario.Setup); err != nil {
		return err
	}
	// Later checks read this picture, so wait until no fact is missing.
	p.start = p.awaitWorld(ctx, complete)
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return p.saveRecord(startFile, &start{Cluster: p.identity(ctx), ScenarioHash: p.scenario.Hash, World: p.start})
}

// undo cleans up after an interrupted setup or solution.
func (p *run) undo(ctx context.Context) error {
	return errors.Join(p.removeRecords(), p.cleanUp(ctx))
}

// cleanupTimeout bounds cleaning up after an earlier run.
const cleanupTimeout = 2 * time.Minute

// cleanUp cleans up in the nodes and then empties the kube namespace. In the opposite
// order, a kubelet could create static pods in the empty kube namespace again.
func (p *run) cleanUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, cleanupTimeout, fmt.Errorf("not cleaned up after %s", cleanupTimeout))
	defer cancel()
	return errors.Join(p.steps(ctx, "cleanup", p.scenario.Cleanup), p.Cluster.Reset(ctx, p.kubeNamespace))
}

// A start is the record of a complete setup.
type start struct {
	Cluster Identity `json:"cluster"`
	// ScenarioHash is the scenario's hash at the time of the setup.
	ScenarioHash string       `json:"scenarioHash"`
	World        *world.World `json:"world"`
}

// loadStart loads the record of the setup. It returns [ErrNotStarted] if the record is
// of another cluster, or if the content has changed since, because the checks might not
// fit the recorded situation.
func (p *run) loadStart(ctx context.Context) error {
	var recorded start
	err := p.loadRecord(startFile, &recorded)
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
