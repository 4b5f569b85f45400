package kube_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"podlab/internal/cluster"
	"podlab/internal/engine"
	"podlab/internal/kube"
)

// realCluster returns a client of a running cluster and an empty kube namespace in it.
func realCluster(t *testing.T) (client *kube.Client, kubeNamespace string) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs a cluster: not with -short")
	}
	e, err := engine.Find(t.Context(), engine.Options{})
	if err != nil {
		t.Skipf("needs an engine: %v", err)
	}
	c, err := cluster.Open(t.Context(), e, os.Getenv("PODLAB_TEST_CLUSTER"))
	if err != nil {
		t.Skipf("needs a cluster (set PODLAB_TEST_CLUSTER to its name): %v", err)
	}
	client, err = kube.New(c.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.EnsureNamespace(t.Context(), testNamespace, nil); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := client.Reset(ctx, testNamespace); err != nil {
			t.Error(err)
		}
	})
	used = client
	return client, testNamespace
}

// The tests share one kube namespace, because deleting one takes seconds. TestMain
// deletes it after all tests.
const testNamespace = "cl-kube"

var used *kube.Client

func TestMain(m *testing.M) {
	code := m.Run()
	if used != nil {
		if err := used.Delete(context.Background(), "", "namespace", testNamespace, nil); err != nil {
			_, _ = os.Stderr.WriteString(err.Error() + "\n")
			code = 1
		}
	}
	os.Exit(code)
}

const shell = `apiVersion: v1
kind: Pod
metadata: {name: shell}
spec:
  terminationGracePeriodSeconds: 0
  restartPolicy: Never
  containers:
  - name: shell
    image: nginx
    imagePullPolicy: IfNotPresent
    command: [sh, -c, "echo one; echo two; echo three; sleep 3600"]
`

// await applies a manifest and waits for a pod that wanted accepts.
func await(t *testing.T, client *kube.Client, kubeNamespace, manifest string, wanted func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	changed := make(chan struct{}, 1)
	watch := client.Watch(ctx, func(string) {
		select {
		case changed <- struct{}{}:
		default:
		}
	})
	if err := client.Apply(ctx, kubeNamespace, []byte(manifest)); err != nil {
		t.Fatal(err)
	}
	for {
		pods, err := watch.Pods(ctx)
		if err != nil {
			t.Fatal(err)
		}
		pods = slices.DeleteFunc(pods, func(p *corev1.Pod) bool { return p.Namespace != kubeNamespace })
		if i := slices.IndexFunc(pods, wanted); i >= 0 {
			return pods[i]
		}
		select {
		case <-changed:
		case <-ctx.Done():
			for _, pod := range pods {
				t.Logf("pod %s is %s: %+v", pod.Name, pod.Status.Phase, pod.Status.ContainerStatuses)
			}
			t.Fatal("timed out waiting for the pod")
		}
	}
}

func running(pod *corev1.Pod) bool { return pod.Status.Phase == corev1.PodRunning }

func TestNamespace(t *testing.T) {
	client, ns := realCluster(t)
	if err := client.EnsureNamespace(t.Context(), ns, map[string]string{"a": "b"}); err != nil {
		t.Errorf("ensure an existing kube namespace with a label: %v", err)
	}
	for _, theirs := range []string{"default", "kube-system"} {
		if err := client.EnsureNamespace(t.Context(), theirs, nil); !errors.Is(err, kube.ErrNotOurs) {
			t.Errorf("ensure %s: got %v, want ErrNotOurs", theirs, err)
		}
		if err := client.Reset(t.Context(), theirs); !errors.Is(err, kube.ErrNotOurs) {
			t.Errorf("reset %s: got %v, want ErrNotOurs", theirs, err)
		}
	}
	if err := client.Reset(t.Context(), "cl-none"); err != nil {
		t.Errorf("reset a kube namespace that does not exist: %v", err)
	}
}

func TestApply(t *testing.T) {
	client, ns := realCluster(t)
	const settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {a: b}\n"
	var uids [2]types.UID
	for i := range uids {
		if err := client.Apply(t.Context(), ns, []byte(settings+"---\n"+shell)); err != nil {
			t.Fatal(err)
		}
		pod, err := client.Pod(t.Context(), ns, "shell")
		if err != nil {
			t.Fatal(err)
		}
		uids[i] = pod.UID
	}
	if uids[0] != uids[1] {
		t.Errorf("applying the same manifest again replaced the pod: %v", uids)
	}
	for _, c := range []struct {
		name, manifest string
		want           []string
	}{
		{"an unknown field", settings + "---\n" + strings.Replace(shell, "    command:", "    comand:", 1), []string{"document 2 (Pod shell)", "comand"}},
		{"a wrong value", strings.Replace(shell, "Never", "Perhaps", 1), []string{"document 1 (Pod shell)", "restartPolicy"}},
		{"an unknown kind", strings.Replace(shell, "kind: Pod", "kind: Pot", 1), []string{"document 1 (Pot shell)", "has no kind Pot in v1"}},
		{"another kube namespace", strings.Replace(shell, "{name: shell}", "{name: shell, namespace: default}", 1), []string{"metadata.namespace is default"}},
		{"a cluster-scoped object", "apiVersion: v1\nkind: Namespace\nmetadata: {name: cl-other}\n", []string{"is cluster-scoped"}},
	} {
		err := client.Apply(t.Context(), ns, []byte(c.manifest))
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q does not contain %q", c.name, err, want)
			}
		}
	}
}

func TestDelete(t *testing.T) {
	client, ns := realCluster(t)
	pod := await(t, client, ns, shell, running)
	if err := client.Delete(t.Context(), ns, "Pod", "shell", nil); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Pod(t.Context(), ns, "shell"); !apierrors.IsNotFound(err) {
		t.Errorf("get the deleted pod: got %v, want not found", err)
	}
	if err := client.Delete(t.Context(), ns, "pod", "shell", nil); err != nil {
		t.Errorf("delete a pod that does not exist: %v", err)
	}
	if err := client.Delete(t.Context(), ns, "pot", "shell", nil); err == nil || !strings.Contains(err.Error(), "has no kind pot") {
		t.Errorf("delete an object of an unknown kind: got %v", err)
	}
	if next := await(t, client, ns, shell, running); next.UID == pod.UID {
		t.Error("the new pod has the UID of the deleted pod")
	}
}

// Apply creates a new pod even while an old pod of the same name is being deleted.
func TestApplyWhileDeleting(t *testing.T) {
	client, ns := realCluster(t)
	stubborn := strings.NewReplacer("Seconds: 0", "Seconds: 3", "echo one;", "trap '' TERM; echo one;").Replace(shell)
	old := await(t, client, ns, stubborn, running)
	deleted := make(chan error, 1)
	go func() { deleted <- client.Delete(t.Context(), ns, "pod", "shell", nil) }()
	await(t, client, ns, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", func(p *corev1.Pod) bool { return p.DeletionTimestamp != nil })
	if err := client.Apply(t.Context(), ns, []byte(shell)); err != nil {
		t.Fatal(err)
	}
	if pod, err := client.Pod(t.Context(), ns, "shell"); err != nil || pod.UID == old.UID {
		t.Errorf("got %v, %v, want a new pod", pod, err)
	}
	if err := <-deleted; err != nil {
		t.Error(err)
	}
}

func TestReset(t *testing.T) {
	client, ns := realCluster(t)
	const many = `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: nginx, imagePullPolicy: IfNotPresent, command: [sleep, "3600"]}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: closed}
spec: {podSelector: {}}
`
	await(t, client, ns, shell+many, func(p *corev1.Pod) bool { return p.Labels["app"] == "web" && running(p) })
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := client.Reset(ctx, ns); err != nil {
		t.Fatal(err)
	}
	t.Logf("reset took %s", time.Since(began))
	pods, err := client.Pods(t.Context(), ns)
	if err != nil || len(pods) != 0 {
		t.Errorf("left %d pods, %v", len(pods), err)
	}
	if err := client.Reset(t.Context(), ns); err != nil {
		t.Errorf("reset an empty kube namespace: %v", err)
	}
	await(t, client, ns, shell, running)
}

func TestExec(t *testing.T) {
	client, ns := realCluster(t)
	await(t, client, ns, shell, running)
	run := func(stdin string, argv ...string) (string, string, int, error) {
		var in io.Reader
		if stdin != "" {
			in = strings.NewReader(stdin)
		}
		out, errOut, exit, err := client.Exec(t.Context(), ns, "shell", "shell", argv, in)
		return string(out), string(errOut), exit, err
	}
	for _, c := range []struct {
		name, stdin, command string
		out, errOut          string
		exit                 int
	}{
		{"output", "", "echo out; echo err >&2", "out\n", "err\n", 0},
		{"exit code", "", "exit 3", "", "", 3},
		{"killed", "", "kill -KILL $$", "", "", 137},
		{"input", "hello", "cat", "hello", "", 0},
	} {
		out, errOut, exit, err := run(c.stdin, "sh", "-c", c.command)
		if err != nil || out != c.out || errOut != c.errOut || exit != c.exit {
			t.Errorf("%s: got %q, %q, %d, %v", c.name, out, errOut, exit, err)
		}
	}
	if _, _, _, err := client.Exec(t.Context(), ns, "none", "shell", []string{"true"}, nil); err == nil || isUnreachable(err) {
		t.Errorf("in a pod that does not exist: got %v", err)
	}
	if _, _, _, err := run("", "no-such-program"); err == nil || isUnreachable(err) || !strings.Contains(err.Error(), "no-such-program") {
		t.Errorf("a program that does not exist: got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, _, _, err := client.Exec(ctx, ns, "shell", "shell", []string{"sleep", "60"}, nil); !errors.Is(err, context.DeadlineExceeded) || isUnreachable(err) {
		t.Errorf("a command that exceeds its deadline: got %v", err)
	}
}

func TestExecInTerminatedContainer(t *testing.T) {
	client, ns := realCluster(t)
	await(t, client, ns, strings.Replace(shell, "sleep 3600", "exit 4", 1), func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodFailed })
	_, _, _, err := client.Exec(t.Context(), ns, "shell", "shell", []string{"true"}, nil)
	if !errors.Is(err, kube.ErrNotRunning) || !strings.Contains(err.Error(), "exit code 4") {
		t.Errorf("got %v, want ErrNotRunning with exit code 4", err)
	}
}

func TestLogs(t *testing.T) {
	client, ns := realCluster(t)
	await(t, client, ns, shell, running)
	if got, err := client.Logs(t.Context(), ns, "shell", "shell", false); err != nil || string(got) != "one\ntwo\nthree\n" {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := client.Logs(t.Context(), ns, "shell", "none", false); err == nil || isUnreachable(err) {
		t.Errorf("log of a container that does not exist: got %v", err)
	}
}

func TestEvents(t *testing.T) {
	client, ns := realCluster(t)
	pod := await(t, client, ns, shell, running)
	events, err := client.Watch(t.Context(), func(string) {}).Events(t.Context(), ns)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for _, event := range events {
		if event.InvolvedObject.UID != pod.UID {
			continue
		}
		reasons = append(reasons, event.Reason)
		if kube.EventCount(event) < 1 || time.Since(kube.EventTime(event)) > time.Hour {
			t.Errorf("event %s: count %d, at %s", event.Reason, kube.EventCount(event), kube.EventTime(event))
		}
	}
	for _, want := range []string{"Scheduled", "Created", "Started"} {
		if !slices.Contains(reasons, want) {
			t.Errorf("no event %s in %q", want, reasons)
		}
	}
}

// After Sync, the copy includes all earlier changes, deletions too.
func TestSync(t *testing.T) {
	client, ns := realCluster(t)
	watch := client.Watch(t.Context(), func(string) {})
	find := func() *corev1.Pod {
		if err := watch.Sync(t.Context(), ns); err != nil {
			t.Fatal(err)
		}
		pods, err := watch.Pods(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(pods, func(p *corev1.Pod) bool { return p.Namespace == ns && p.Name == "shell" })
		if i < 0 {
			return nil
		}
		return pods[i]
	}
	for i := range 10 {
		manifest := strings.Replace(shell, "{name: shell}", fmt.Sprintf("{name: shell, labels: {turn: %q}}", fmt.Sprint(i)), 1)
		if err := client.Apply(t.Context(), ns, []byte(manifest)); err != nil {
			t.Fatal(err)
		}
		if pod := find(); pod == nil || pod.Labels["turn"] != fmt.Sprint(i) {
			t.Fatalf("turn %d: got %v", i, pod)
		}
	}
	if err := client.Delete(t.Context(), ns, "pod", "shell", new(int64)); err != nil {
		t.Fatal(err)
	}
	if pod := find(); pod != nil {
		t.Errorf("the deleted pod is still there: %v", pod)
	}
}

func TestNodes(t *testing.T) {
	client, _ := realCluster(t)
	version, err := client.ServerVersion(t.Context())
	if err != nil || !strings.HasPrefix(version, "v1.") {
		t.Errorf("version %q, %v", version, err)
	}
	nodes, err := client.Nodes(t.Context())
	if err != nil || len(nodes) == 0 {
		t.Fatalf("nodes %v, %v", nodes, err)
	}
	var names []string
	for _, node := range nodes {
		names = append(names, node.Name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := client.AwaitNodes(ctx, names, time.Now().Add(-time.Minute)); err != nil {
		t.Error(err)
	}
	short, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	err = client.AwaitNodes(short, append(names, "cl-none"), time.Time{})
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "cl-none is not known") {
		t.Errorf("got %v, want a timeout that names cl-none", err)
	}
}

func TestGetAndList(t *testing.T) {
	client, ns := realCluster(t)
	await(t, client, ns, shell, running)
	pod, err := client.Get(t.Context(), ns, "v1", "Pod", "shell")
	if err != nil || pod["kind"] != "Pod" || pod["spec"].(map[string]any)["nodeName"] == "" {
		t.Errorf("pod %v, %v", pod["kind"], err)
	}
	if _, err := client.Get(t.Context(), ns, "v1", "Namespace", ns); err != nil {
		t.Errorf("get a cluster-scoped object: %v", err)
	}
	if _, err := client.Get(t.Context(), ns, "v1", "Pod", "none"); !apierrors.IsNotFound(err) {
		t.Errorf("get a pod that does not exist: got %v, want not found", err)
	}
	if _, err := client.Get(t.Context(), ns, "v1", "Pot", "shell"); err == nil || !strings.Contains(err.Error(), "the cluster has no kind Pot in v1") {
		t.Errorf("get an object of an unknown kind: got %v", err)
	}
	for _, c := range []struct {
		in, labels string
		want       func(n int) bool
	}{
		{ns, "", func(n int) bool { return n == 1 }},
		{ns, "no=such", func(n int) bool { return n == 0 }},
		{"", "", func(n int) bool { return n > 1 }},
	} {
		if all, err := client.List(t.Context(), c.in, "v1", "Pod", c.labels); err != nil || !c.want(len(all)) {
			t.Errorf("list in %q, %q: %d, %v", c.in, c.labels, len(all), err)
		}
	}
}

func TestKubeconfigHasNoSecrets(t *testing.T) {
	client, _ := realCluster(t)
	config, err := client.Kubeconfig()
	if err != nil || config["current-context"] == "" {
		t.Fatalf("%v, %v", config, err)
	}
	if printed := fmt.Sprint(config); strings.Contains(printed, "-data") || !strings.Contains(printed, "https://") {
		t.Errorf("got %s, want the server without secrets", printed)
	}
}

func TestDebug(t *testing.T) {
	client, ns := realCluster(t)
	await(t, client, ns, shell, running)
	debugger := corev1.EphemeralContainer{
		EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debugger", Image: "nginx", ImagePullPolicy: corev1.PullIfNotPresent},
		TargetContainerName:      "shell",
	}
	if err := client.Debug(t.Context(), ns, "shell", debugger); err != nil {
		t.Fatal(err)
	}
	pod, err := client.Get(t.Context(), ns, "v1", "Pod", "shell")
	if err != nil {
		t.Fatal(err)
	}
	added, _ := pod["spec"].(map[string]any)["ephemeralContainers"].([]any)
	if len(added) != 1 || added[0].(map[string]any)["targetContainerName"] != "shell" {
		t.Errorf("ephemeral containers %v, want one that targets shell", added)
	}
	if err := client.Debug(t.Context(), ns, "none", debugger); !apierrors.IsNotFound(err) {
		t.Errorf("debug a pod that does not exist: got %v", err)
	}
}
