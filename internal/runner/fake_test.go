package runner

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	corev1 "k8s.io/api/core/v1"

	"podlab/internal/lab"
	"podlab/internal/progress"
	"podlab/internal/world"
)

// fakeCluster is a cluster in memory. A manifest creates a ready pod; the command
// "label VALUE" in a pod sets its label finished.
type fakeCluster struct {
	mu          sync.Mutex
	pods        map[string]map[string]*world.Pod // by kube namespace and name
	calls       []string
	subscribers map[chan struct{}]string
	identity    Identity

	// onCall runs before each call that changes the cluster, or nil.
	onCall func(ctx context.Context, call string) error
	// onWorld modifies each picture, or nil.
	onWorld func(*world.World)
}

func newFake() *fakeCluster {
	return &fakeCluster{pods: map[string]map[string]*world.Pod{}, subscribers: map[chan struct{}]string{}, identity: Identity{UID: "u-1", Container: "c-1"}}
}

func (c *fakeCluster) call(ctx context.Context, format string, args ...any) error {
	call := fmt.Sprintf(format, args...)
	c.mu.Lock()
	c.calls = append(c.calls, call)
	c.mu.Unlock()
	if c.onCall != nil {
		return c.onCall(ctx, call)
	}
	return nil
}

// change changes a kube namespace's pods and tells the subscribers.
func (c *fakeCluster) change(kubeNamespace string, f func(pods map[string]*world.Pod)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pods[kubeNamespace] == nil {
		c.pods[kubeNamespace] = map[string]*world.Pod{}
	}
	f(c.pods[kubeNamespace])
	for ch, of := range c.subscribers {
		if of == kubeNamespace {
			select {
			case ch <- struct{}{}:
			default:
			}
		}
	}
}

func (c *fakeCluster) World(_ context.Context, scope world.Scope) *world.World {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := &world.World{Pods: map[string]*world.Pod{}, Nodes: map[string]*world.Node{"c-worker": {Name: "c-worker"}}}
	for name, pod := range c.pods[scope.KubeNamespace] {
		copied := *pod
		copied.Labels = maps.Clone(pod.Labels)
		w.Pods[name] = &copied
	}
	if c.onWorld != nil {
		c.onWorld(w)
	}
	return w
}

func (c *fakeCluster) Identity(context.Context) Identity { return c.identity }

func (*fakeCluster) Follow(context.Context) {}

func (c *fakeCluster) Changes(kubeNamespace string) (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.subscribers[ch] = kubeNamespace
	return ch, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.subscribers, ch)
	}
}

func (c *fakeCluster) Observe(ctx context.Context, kubeNamespace string, of *lab.Observation) (any, error) {
	return c.Run(ctx, kubeNamespace, of.Exec)
}

func (c *fakeCluster) Run(ctx context.Context, kubeNamespace string, e *lab.Exec) (*lab.ExecResult, error) {
	if err := c.call(ctx, "run %s %s%s: %s", kubeNamespace, e.Node, e.Pod, strings.Join(e.Argv, " ")); err != nil {
		return nil, err
	}
	if e.Argv[0] == "label" {
		c.change(kubeNamespace, func(pods map[string]*world.Pod) { pods[e.Pod].Labels["finished"] = e.Argv[1] })
	}
	return &lab.ExecResult{}, nil
}

func (c *fakeCluster) Signal(ctx context.Context, node string, p *world.Process, sig syscall.Signal) (int64, error) {
	return 0, c.call(ctx, "signal %s %d %s", node, p.PID, sig)
}

func (*fakeCluster) NodeName(short string) string { return "c-" + short }

func (c *fakeCluster) EnsureNamespace(ctx context.Context, kubeNamespace string, _ map[string]string) error {
	return c.call(ctx, "ensure %s", kubeNamespace)
}

func (c *fakeCluster) DeleteNamespace(ctx context.Context, kubeNamespace string) error {
	return c.call(ctx, "delete namespace %s", kubeNamespace)
}

func (c *fakeCluster) Reset(ctx context.Context, kubeNamespace string) error {
	c.change(kubeNamespace, func(pods map[string]*world.Pod) { clear(pods) })
	return c.call(ctx, "reset %s", kubeNamespace)
}

func (c *fakeCluster) Apply(ctx context.Context, kubeNamespace string, manifest []byte) error {
	if err := c.call(ctx, "apply %s", kubeNamespace); err != nil {
		return err
	}
	_, name, _ := bytes.Cut(manifest, []byte("name: "))
	name, _, _ = bytes.Cut(name, []byte("}"))
	c.change(kubeNamespace, func(pods map[string]*world.Pod) {
		pods[string(name)] = &world.Pod{
			Name: string(name), KubeNamespace: kubeNamespace, Node: "c-worker", Labels: map[string]string{},
			IP: new("10.0.0.7"), Ready: new(true), Settled: new(true), Deleting: new(false),
		}
	})
	return nil
}

func (c *fakeCluster) Delete(ctx context.Context, kubeNamespace, _, name string, _ *int64) error {
	c.change(kubeNamespace, func(pods map[string]*world.Pod) { delete(pods, name) })
	return c.call(ctx, "delete %s %s", kubeNamespace, name)
}

func (c *fakeCluster) Debug(ctx context.Context, kubeNamespace, pod string, _ corev1.EphemeralContainer) error {
	return c.call(ctx, "debug %s %s", kubeNamespace, pod)
}

func (c *fakeCluster) Install(ctx context.Context, node, path string, _ []byte) error {
	return c.call(ctx, "install %s %s", node, path)
}

// called returns the calls with that prefix.
func (c *fakeCluster) called(prefix string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.calls), func(call string) bool { return !strings.HasPrefix(call, prefix) })
}

// newTest returns a runner of testdata's lab on a fake cluster.
func newTest(t *testing.T) (*Runner, *fakeCluster, *lab.Lab) {
	t.Helper()
	archive, err := txtar.ParseFile("testdata/content.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, f := range archive.Files {
		files[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	content, err := lab.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	c := newFake()
	r := &Runner{
		Cluster: c, Name: "c", Content: files, Scenarios: slices.Collect(maps.Keys(content.Scenarios)),
		Dir: t.TempDir(), Progress: progress.Discard,
	}
	return r, c, content.Labs[0]
}
