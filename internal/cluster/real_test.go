package cluster

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/kube"
	"podlab/internal/progress"
)

// nodeImage returns a node image that the engine has: building an image takes
// minutes.
func nodeImage(t *testing.T, e *engine.Engine) *image.Images {
	t.Helper()
	ref := os.Getenv("PODLAB_TEST_NODE_IMAGE")
	if ref == "" {
		out, err := e.Output(t.Context(), "images", "--filter", "label=podlab.kubernetes", "--format", "{{.Repository}}:{{.Tag}}")
		if err != nil {
			t.Fatal(err)
		}
		ref, _, _ = strings.Cut(string(out), "\n")
	}
	if ref == "" {
		t.Skip("the engine has no node image: build one with podlab images build, or name one in PODLAB_TEST_NODE_IMAGE")
	}
	return &image.Images{Source: image.Packages, Node: ref, Kubernetes: "v1.36.3"}
}

const onOtherPorts = twoNodes + `  extraPortMappings:
  - {containerPort: 30000, hostPort: 30910, listenAddress: 127.0.0.1}
`

// All subtests use one cluster, because creating a cluster takes long.
func TestCluster(t *testing.T) {
	e := testEngine(t)
	userKubeconfig := filepath.Join(t.TempDir(), "config")
	t.Setenv("KUBECONFIG", userKubeconfig)
	h := newHandle(e, "cl-life", nil)
	config := Config{Name: h.name, Kind: []byte(onOtherPorts), Images: nodeImage(t, e), Progress: progress.New(os.Stderr, false)}
	t.Cleanup(func() { removeContainers(t, h) })

	up := func(change func(*Config)) (*Cluster, time.Duration, error) {
		changed := config
		if change != nil {
			change(&changed)
		}
		begun := time.Now()
		c, err := Up(t.Context(), e, changed)
		return c, time.Since(begun), err
	}
	c, took, err := up(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("up took %s: %v", took, phaseTimes())
	checkNew(t, c, userKubeconfig)

	t.Run("reused", func(t *testing.T) {
		again, took, err := up(nil)
		if err != nil || !again.Reused || again.Kubeconfig != c.Kubeconfig {
			t.Fatalf("got %+v, %v; want the same cluster", again, err)
		}
		if took > time.Second {
			t.Errorf("reusing the cluster took %s, want at most 1s", took)
		}
		t.Logf("took %s", took)
	})
	t.Run("ready", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := c.AwaitReady(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Run("status", func(t *testing.T) { checkStatus(t, e, h.name) })
	t.Run("without a record", func(t *testing.T) {
		if err := h.removeFiles(); err != nil {
			t.Fatal(err)
		}
		if again, _, err := up(nil); err != nil || !again.Reused {
			t.Fatalf("got %+v, %v; want the same cluster", again, err)
		}
		checkAPI(t, c)
	})
	t.Run("merged kubeconfig", func(t *testing.T) {
		if _, _, err := up(func(c *Config) { c.MergeKubeconfig = true }); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(userKubeconfig); err != nil || !strings.Contains(string(data), "kind-cl-life") {
			t.Errorf("the user's kubeconfig is %q, %v", data, err)
		}
	})
	t.Run("another configuration", func(t *testing.T) {
		_, _, err := up(func(c *Config) { c.Kind = []byte(twoNodes) })
		wantUnusable(t, err, "another configuration")
	})
	t.Run("another image", func(t *testing.T) {
		_, _, err := up(func(c *Config) { c.Images = standIn(t, e, "stay") })
		wantUnusable(t, err, "the image of node")
	})
	t.Run("loaded images", func(t *testing.T) {
		with := *config.Images
		with.Load = []string{standIn(t, e, "stay").Node}
		report := &recorder{}
		for range 2 {
			if _, _, err := up(func(c *Config) { c.Images, c.Progress = &with, report }); err != nil {
				t.Fatal(err)
			}
		}
		if want := []string{"begin " + loadingImages, "end " + loadingImages + ": <nil>"}; !slices.Equal(report.lines, want) {
			t.Errorf("got %q, want one loading of images", report.lines)
		}
		if phaseTimes()[loadingImages] == 0 {
			t.Error("the time of loading images is not saved")
		}
	})
	t.Run("paused", func(t *testing.T) { checkPaused(t, e, c, up) })
	t.Run("stopped", func(t *testing.T) {
		for _, node := range c.Nodes {
			if _, err := e.Output(t.Context(), "kill", node.Name); err != nil {
				t.Fatal(err)
			}
		}
		if status, err := GetStatus(t.Context(), e, h.name); err != nil || status.APIReady || status.Nodes[0].Container != "exited" {
			t.Errorf("got %+v, %v; want an exited control plane", status, err)
		}
		_, err := Open(t.Context(), e, h.name)
		wantUnusable(t, err, "cl-life-control-plane is exited")
		again, took, err := up(nil)
		if err != nil || !again.Reused {
			t.Fatalf("got %+v, %v; want the same cluster", again, err)
		}
		t.Logf("starting again took %s", took)
		checkAPI(t, c)
	})
	t.Run("incomplete", func(t *testing.T) {
		if _, err := e.Output(t.Context(), "rm", "--force", "--volumes", h.name+"-worker"); err != nil {
			t.Fatal(err)
		}
		_, _, err := up(nil)
		wantUnusable(t, err, "it is incomplete")
	})

	begun := time.Now()
	if err := Down(t.Context(), e, h.name, config.Progress); err != nil {
		t.Fatal(err)
	}
	t.Logf("down took %s", time.Since(begun))
	expectGone(t, h)
	if data, err := os.ReadFile(userKubeconfig); err != nil || strings.Contains(string(data), h.name) {
		t.Errorf("the user's kubeconfig is %q, %v", data, err)
	}
}

func checkNew(t *testing.T, c *Cluster, userKubeconfig string) {
	t.Helper()
	if c.Reused || len(c.Nodes) != 2 || c.Nodes[0] != (Node{"cl-life-control-plane", "control-plane"}) || c.Nodes[1].Role != "worker" {
		t.Errorf("got %+v", c)
	}
	var phases []string
	for name := range phaseTimes() {
		name, _, _ := strings.Cut(name, " (")
		phases = append(phases, name)
	}
	slices.Sort(phases)
	want := "Ensuring node image, Installing CNI, Installing StorageClass, Joining worker nodes, Preparing nodes, Starting control-plane, Writing configuration"
	if got := strings.Join(phases, ", "); got != want {
		t.Errorf("phases are %s; want %s", got, want)
	}
	info, err := os.Stat(c.Kubeconfig)
	if err != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(c.Kubeconfig, os.Getenv("PODLAB_STATE_DIR")) {
		t.Errorf("kubeconfig %s: %v, %v; want 0600 in the state directory", c.Kubeconfig, info, err)
	}
	if _, err := os.Stat(userKubeconfig); !errors.Is(err, os.ErrNotExist) {
		t.Error("Up wrote to the user's kubeconfig")
	}
	checkAPI(t, c)
}

// checkAPI lists the nodes with the cluster's kubeconfig.
func checkAPI(t *testing.T, c *Cluster) {
	t.Helper()
	client, err := kube.New(c.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if nodes, err := client.Nodes(t.Context()); err != nil || len(nodes) != len(c.Nodes) {
		t.Errorf("%d nodes, %v; want %d", len(nodes), err, len(c.Nodes))
	}
}

func checkStatus(t *testing.T, e *engine.Engine, name string) {
	t.Helper()
	status, err := GetStatus(t.Context(), e, name)
	if err != nil {
		t.Fatal(err)
	}
	if !status.Exists || !status.Ours || !status.APIReady || status.Images != "packages" || !strings.HasPrefix(status.Kubernetes, "v1.") {
		t.Errorf("got %+v", status)
	}
	for _, node := range status.Nodes {
		if node.Container != "running" || node.Ready == nil || !*node.Ready {
			t.Errorf("node %+v", node)
		}
	}
	if last := status.Ports[len(status.Ports)-1]; last != "127.0.0.1:30910 -> cl-life-worker:30000/tcp" {
		t.Errorf("ports %q", status.Ports)
	}
	opened, err := Open(t.Context(), e, name)
	if err != nil || opened.Kubeconfig != status.Kubeconfig {
		t.Errorf("open: got %+v, %v", opened, err)
	}
	if err := CheckPorts(t.Context(), e, name, []byte(onOtherPorts)); err != nil {
		t.Errorf("ports of the cluster itself: %v", err)
	}
	err = CheckPorts(t.Context(), e, "cl-next", []byte(onOtherPorts))
	if inUse, ok := errors.AsType[*PortError](err); !ok || !strings.Contains(inUse.Holder, "kind cluster "+name) {
		t.Errorf("got %v, want a PortError with holder %s", err, name)
	}
}

// checkPaused pauses the control plane, which stays connected but does not answer.
func checkPaused(t *testing.T, e *engine.Engine, c *Cluster, up func(func(*Config)) (*Cluster, time.Duration, error)) {
	client, err := kube.New(c.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan struct{}, 1)
	watch := client.Watch(t.Context(), func(string) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	if _, err := watch.Pods(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Output(t.Context(), "pause", c.Nodes[0].Name); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := e.Output(context.Background(), "unpause", c.Nodes[0].Name); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		await(t, ctx, changed, "the watch to recover", func() bool { return watch.Err() == nil })
		if err := c.AwaitReady(ctx); err != nil {
			t.Error(err)
		}
	}()
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	await(t, ctx, changed, "the watch to notice", func() bool {
		_, ok := errors.AsType[*kube.UnreachableError](watch.Err())
		return ok
	})
	t.Logf("the watch noticed after %s", time.Since(begun))
	_, err = client.Pods(t.Context(), "default")
	if _, ok := errors.AsType[*kube.UnreachableError](err); !ok {
		t.Errorf("pods: got %v, want an UnreachableError", err)
	}
	_, _, err = up(nil)
	wantUnusable(t, err, "cl-life-control-plane is paused")
}

func await(t *testing.T, ctx context.Context, changed <-chan struct{}, what string, done func() bool) { //nolint:revive // t first, as everywhere
	t.Helper()
	for !done() {
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

func wantUnusable(t *testing.T, err error, reason string) {
	t.Helper()
	unusable, ok := errors.AsType[*UnusableError](err)
	if !ok || !strings.Contains(unusable.Reason, reason) {
		t.Errorf("got %v, want an UnusableError with reason %q", err, reason)
	}
}
