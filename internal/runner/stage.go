package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"sync"
	"time"

	"podlab/internal/expect"
	"podlab/internal/kube"
	"podlab/internal/lab"
	"podlab/internal/node"
	"podlab/internal/observe"
	"podlab/internal/progress"
	"podlab/internal/world"
)

// A Stage is a running cluster that scenarios are played on.
type Stage struct {
	// Content holds the manifests that steps apply.
	Content fs.FS
	// Scenarios are the names of all scenarios there are: their kube namespaces
	// are none of each other's business.
	Scenarios []string
	// Cluster is the cluster's name, which its nodes' names begin with.
	Cluster  string
	Kube     *kube.Client
	Observer *observe.Observer
	// Node returns the way to run commands in a node.
	Node func(name string) node.Runner
	// Program returns one of podlab's own programs for the nodes.
	Program func(name string) ([]byte, error)
	// Inspect returns what the engine says of a node's container, as decoded from
	// JSON.
	Inspect func(ctx context.Context, node string) (map[string]any, error)
	// Lacks says what a machine has in place of what a scenario or a task needs,
	// "" when it has that; nil lacks nothing.
	Lacks func(lab.Need) string
	// Dir is where starts are kept, one folder per cluster.
	Dir      string
	Progress progress.Reporter
}

// ErrNotStarted says that a scenario's setup was not made on this cluster, so
// there is nothing to judge.
var ErrNotStarted = errors.New("the scenario has not been started on this cluster")

// A play is one scenario in one kube namespace.
type play struct {
	*Stage
	scenario      *lab.Scenario
	kubeNamespace string
	start         *world.World

	mu     sync.Mutex
	waited time.Duration
}

func (s *Stage) play(of *lab.Scenario, kubeNamespace string) *play {
	return &play{Stage: s, scenario: of, kubeNamespace: kubeNamespace}
}

// rehearsal names the kube namespaces that verify plays scenarios in.
func rehearsal(scenario string, n int) string { return fmt.Sprintf("%s-rehearsal-%d", scenario, n) }

var rehearsed = regexp.MustCompile(`-rehearsal-\d+$`)

// world takes a picture for the play's expressions.
func (p *play) world(ctx context.Context) *world.World {
	return p.Observer.World(ctx, observe.Scope{KubeNamespace: p.kubeNamespace, LeaveOut: p.othersBusiness})
}

func (s *Stage) othersBusiness(kubeNamespace string) bool {
	name := rehearsed.ReplaceAllString(kubeNamespace, "")
	return slices.Contains(s.Scenarios, name)
}

// state is what an expression about that pod and node is evaluated over.
func (p *play) state(w *world.World, pod, shortNode string) expect.State {
	s := expect.State{World: w, Start: p.start, Pod: pod}
	if shortNode != "" {
		s.Node = p.nodeName(shortNode)
	}
	return s
}

// nodeName returns a node's full name for its name without the cluster's.
func (s *Stage) nodeName(short string) string { return s.Cluster + "-" + short }

// setUp makes the scenario's situation anew, whatever was there of an earlier
// one, and records how it looked when it was complete.
func (p *play) setUp(ctx context.Context) error {
	if err := p.forget(); err != nil {
		return err
	}
	labels := map[string]string{"podlab/scenario": p.scenario.Name}
	if err := p.Kube.EnsureNamespace(ctx, p.kubeNamespace, labels); err != nil {
		return err
	}
	if err := p.clear(ctx); err != nil {
		return err
	}
	if err := p.steps(ctx, "setup", p.scenario.Setup); err != nil {
		return err
	}
	// What is missing from it now would be missing for good.
	p.start = p.worldThatIs(ctx, complete)
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return p.keep(startFile, p.start)
}

// putBack removes what an interrupted setup or solution left behind.
func (p *play) putBack(ctx context.Context) error {
	return errors.Join(p.forget(), p.clear(ctx))
}

// clearWithin is how long that may take which an earlier play left.
const clearWithin = 2 * time.Minute

// clear removes what was made in nodes, and then empties the kube namespace,
// into which a node would put its own pods again and again.
func (p *play) clear(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, clearWithin, fmt.Errorf("it is not empty after %s", clearWithin))
	defer cancel()
	return errors.Join(p.steps(ctx, "cleanup", p.scenario.Cleanup), p.Kube.Reset(ctx, p.kubeNamespace))
}

// recall loads what was recorded when the setup ended.
func (p *play) recall() error {
	start := &world.World{}
	err := p.kept(startFile, start)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", p.scenario.Name, ErrNotStarted)
	}
	if err != nil {
		return err
	}
	p.start = start
	return nil
}

func (p *play) steps(ctx context.Context, what string, steps []lab.Step) error {
	for i := range steps {
		if err := p.step(ctx, &steps[i]); err != nil {
			return fmt.Errorf("%s of %s, step %d: %w", what, p.scenario.Name, i+1, err)
		}
	}
	return nil
}
