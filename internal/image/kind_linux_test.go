package image_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/progress"
)

// TestNodeImageWorksForKindsOwnCommand makes a cluster without podlab, except for
// settings that this machine needs.
func TestNodeImageWorksForKindsOwnCommand(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: makes a cluster")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	report := progress.New(t.Output(), false)
	e, err := engine.Find(ctx, engine.Options{Progress: report})
	if err != nil {
		t.Skipf("no engine: %v", err)
	}
	images, err := image.Ensure(ctx, e, image.Options{Source: image.Packages, Progress: report, Sources: os.DirFS("../..")})
	if err != nil {
		t.Fatal(err)
	}
	c := create(ctx, t, e, images.Node)

	t.Run("nodes", func(t *testing.T) {
		c.kubectl(t, "wait", "--for=condition=Ready", "--timeout=120s", "nodes", "--all")
		nodes := strings.Fields(c.kubectl(t, "get", "nodes", "-o", "jsonpath={.items[*].status.nodeInfo.kubeletVersion}"))
		if len(nodes) != 2 || nodes[0] != images.Kubernetes || nodes[1] != images.Kubernetes {
			t.Errorf("kubelets %v, want two of %s", nodes, images.Kubernetes)
		}
	})
	c.kubectl(t, "wait", "--for=jsonpath={.metadata.name}=default", "--timeout=60s", "serviceaccount/default")
	c.apply(t, pods)
	c.kubectl(t, "wait", "--for=condition=Ready", "--timeout=180s", "pod/web", "pod/client", "pod/writer")

	t.Run("pod to pod across nodes", func(t *testing.T) {
		ip := c.kubectl(t, "get", "pod", "web", "-o", "jsonpath={.status.podIP}")
		if page := c.kubectl(t, "exec", "client", "--", "curl", "-sS", "--max-time", "10", ip); !strings.Contains(page, "Welcome to nginx!") {
			t.Errorf("got %q", page)
		}
		if log := c.kubectl(t, "logs", "web"); !strings.Contains(log, `"GET / HTTP/1.1" 200`) {
			t.Errorf("nginx's log is %q", log)
		}
	})
	t.Run("DNS and services", func(t *testing.T) {
		c.kubectl(t, "wait", "--for=condition=Available", "--timeout=180s", "-n", "kube-system", "deployment/coredns")
		if page := c.kubectl(t, "exec", "client", "--", "curl", "-sS", "--retry", "5", "--retry-all-errors", "http://web.default.svc.cluster.local"); !strings.Contains(page, "Welcome") {
			t.Errorf("got %q", page)
		}
		if got := c.kubectl(t, "exec", "writer", "--", "nslookup", "kubernetes.default.svc.cluster.local"); !strings.Contains(got, "10.96.0.1") {
			t.Errorf("busybox's nslookup printed %q", got)
		}
	})
	t.Run("storage", func(t *testing.T) {
		if got := c.kubectl(t, "exec", "writer", "--", "cat", "/data/file"); got != "kept" {
			t.Errorf("read %q", got)
		}
	})
	t.Run("tools for the study", func(t *testing.T) {
		for tool := range strings.FieldsSeq("pstree lsof tree tcpdump jq crictl lsns ss findmnt nsenter") {
			c.run(t, nil, "exec", c.name+"-worker", "which", tool)
		}
		for tool := range strings.FieldsSeq("zsh curl ss ifconfig ps dig ping tcpdump") {
			c.kubectl(t, "exec", "client", "--", "which", tool)
		}
		for tool := range strings.FieldsSeq("curl ifconfig ps") {
			c.kubectl(t, "exec", "web", "--", "which", tool)
		}
	})
	t.Run("images are not copied", func(t *testing.T) {
		c.run(t, nil, "exec", c.name+"-worker", "sh", "-c", "cd "+snapshots+" && test -n \"$(find . -maxdepth 1 -type l)\"")
	})
	t.Run("images are copied where overlayfs can't be mounted on overlayfs", func(t *testing.T) {
		// An unprivileged container can mount nothing.
		c.run(t, nil, "run", "--rm", "--entrypoint", "sh", images.Node, "-ec", "ls -d "+snapshots+`/* >/dev/null
			/kind/bin/unpacked-images.sh
			for copy in `+snapshots+`/*; do test ! -L "$copy"; diff -r --no-dereference "/kind/images/${copy##*/}" "$copy"; done`)
	})
	t.Run("nothing was pulled", func(t *testing.T) {
		if got := c.kubectl(t, "get", "events", "-A", "--field-selector=reason=Pulling", "-o", "name"); got != "" {
			t.Errorf("events: %s", got)
		}
	})
}

// snapshots is where a node's containerd keeps unpacked images.
const snapshots = "/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots"

const pods = `
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  nodeSelector: {kubernetes.io/hostname: podlab-image-kind-worker}
  containers: [{name: nginx, image: nginx, imagePullPolicy: IfNotPresent}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  nodeName: podlab-image-kind-control-plane
  containers: [{name: shell, image: nicolaka/netshoot, imagePullPolicy: IfNotPresent, command: [sleep, infinity]}]
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}
---
apiVersion: v1
kind: Pod
metadata: {name: writer}
spec:
  containers:
  - name: shell
    image: busybox
    imagePullPolicy: IfNotPresent
    command: [sh, -c, echo kept > /data/file && sleep 1000000]
    readinessProbe: {exec: {command: [test, -s, /data/file]}, periodSeconds: 1}
    volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: data}}]
`

// cluster is a cluster made by kind's own command.
type cluster struct {
	name   string
	engine *engine.Engine
}

func create(ctx context.Context, t *testing.T, e *engine.Engine, node string) *cluster {
	t.Helper()
	dir := t.TempDir()
	kind := filepath.Join(dir, "kind")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", kind, "sigs.k8s.io/kind").CombinedOutput(); err != nil {
		t.Fatalf("build kind: %v\n%s", err, out)
	}
	config := filepath.Join(dir, "kind.yaml")
	if err := os.WriteFile(config, []byte(kindConfig(e)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := &cluster{name: "podlab-image-kind", engine: e}
	run := func(ctx context.Context, args ...string) ([]byte, error) {
		cmd := exec.CommandContext(ctx, kind, append(args, "--name", c.name, "--kubeconfig", filepath.Join(dir, "kubeconfig"))...)
		cmd.Env = append(os.Environ(), e.Env()...)
		return cmd.CombinedOutput()
	}
	remove := func() {
		if out, err := run(context.WithoutCancel(ctx), "delete", "cluster"); err != nil {
			t.Errorf("delete cluster: %v\n%s", err, out)
		}
	}
	remove() // left by a killed test
	t.Cleanup(remove)
	if out, err := run(ctx, "create", "cluster", "--image", node, "--config", config); err != nil {
		t.Fatalf("create cluster: %v\n%s", err, out)
	}
	return c
}

// kindConfig has two nodes, and settings that only some machines need.
func kindConfig(e *engine.Engine) string {
	config := "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes: [{role: control-plane}, {role: worker}]\n"
	if e.CgroupVersion == 1 {
		config += "kubeadmConfigPatches:\n- |\n  kind: KubeletConfiguration\n  failCgroupV1: false\n"
	}
	if e.LacksSysResource {
		config += "containerdConfigPatches:\n- |-\n  [plugins.\"io.containerd.grpc.v1.cri\"]\n    restrict_oom_score_adj = true\n"
	}
	return config
}

// kubectl runs the node's own kubectl and returns its output.
func (c *cluster) kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return c.run(t, nil, append([]string{"exec", c.name + "-control-plane", "kubectl", "--kubeconfig=/etc/kubernetes/admin.conf"}, args...)...)
}

func (c *cluster) apply(t *testing.T, manifest string) {
	t.Helper()
	c.run(t, []byte(manifest), "exec", "-i", c.name+"-control-plane", "kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "apply", "-f", "-")
}

func (c *cluster) run(t *testing.T, stdin []byte, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := c.engine.Command(t.Context(), args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(fmt.Errorf("run %s: %w: %s", strings.Join(args, " "), err, stderr.String()))
	}
	return strings.TrimSpace(stdout.String())
}
