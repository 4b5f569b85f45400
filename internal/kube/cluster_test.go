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

// realCluster is a cluster that runs already, and an empty kube namespace there.
func realCluster(t *testing.T) (client *kube.Client, kubeNamespace string) {
	t.Helper()
	if testing.Short() {
		t.Skip("takes a cluster: not with -short")
	}
	e, err := engine.Find(t.Context(), engine.Options{})
	if err != nil {
		t.Skipf("there is no engine: %v", err)
	}
	c, err := cluster.Open(t.Context(), e, os.Getenv("PODLAB_TEST_CLUSTER"))
	if err != nil {
		t.Skipf("there is no cluster (PODLAB_TEST_CLUSTER names another): %v", err)
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

// The tests share one kube namespace, as deleting one takes seconds: it goes
// when all are done.
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

// await applies a manifest and waits until its pod is as wanted.
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
			t.Fatal("the pod never was as wanted")
		}
	}
}

func running(pod *corev1.Pod) bool { return pod.Status.Phase == corev1.PodRunning }

func TestNamespace(t *testing.T) {
	client, ns := realCluster(t)
	if err := client.EnsureNamespace(t.Context(), ns, map[string]string{"a": "b"}); err != nil {
		t.Errorf("once more, with a label: %v", err)
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
		t.Errorf("reset one that does not exist: %v", err)
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
		{"an unknown kind", strings.Replace(shell, "kind: Pod", "kind: Pot", 1), []string{"document 1 (Pot shell)", "knows no kind Pot in v1"}},
		{"another kube namespace", strings.Replace(shell, "{name: shell}", "{name: shell, namespace: default}", 1), []string{"metadata.namespace is default"}},
		{"the whole cluster's", "apiVersion: v1\nkind: Namespace\nmetadata: {name: cl-other}\n", []string{"belongs to the whole cluster"}},
	} {
		err := client.Apply(t.Context(), ns, []byte(c.manifest))
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q does not say %q", c.name, err, want)
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
		t.Errorf("after deleting: got %v, want not found", err)
	}
	if err := client.Delete(t.Context(), ns, "pod", "shell", nil); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	if err := client.Delete(t.Context(), ns, "pot", "shell", nil); err == nil || !strings.Contains(err.Error(), "knows no kind pot") {
		t.Errorf("deleting an unknown kind: %v", err)
	}
	if next := await(t, client, ns, shell, running); next.UID == pod.UID {
		t.Error("the pod was not made anew")
	}
}

// A manifest applied while the pod of its name is on its way out gives a new
// pod, not the old one's last seconds.
func TestApplyOverADyingPod(t *testing.T) {
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
		t.Errorf("got %v, want another pod than the dying one; %v", pod, err)
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
	begun := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := client.Reset(ctx, ns); err != nil {
		t.Fatal(err)
	}
	t.Logf("reset took %s", time.Since(begun))
	pods, err := client.Pods(t.Context(), ns)
	if err != nil || len(pods) != 0 {
		t.Errorf("left %d pods, %v", len(pods), err)
	}
	if err := client.Reset(t.Context(), ns); err != nil {
		t.Errorf("reset of what is empty: %v", err)
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
		t.Errorf("in no pod: got %v", err)
	}
	if _, _, _, err := run("", "no-such-program"); err == nil || isUnreachable(err) || !strings.Contains(err.Error(), "no-such-program") {
		t.Errorf("a program that does not exist: got %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if _, _, _, err := client.Exec(ctx, ns, "shell", "shell", []string{"sleep", "60"}, nil); !errors.Is(err, context.DeadlineExceeded) || isUnreachable(err) {
		t.Errorf("a command that lasts too long: got %v", err)
	}
}

func TestExecInAContainerThatEnded(t *testing.T) {
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
	for _, c := range []struct {
		options kube.LogOptions
		want    string
	}{
		{kube.LogOptions{}, "one\ntwo\nthree\n"},
		{kube.LogOptions{TailLines: 1}, "three\n"},
		{kube.LogOptions{Since: time.Now().Add(time.Hour)}, ""},
	} {
		if got, err := client.Logs(t.Context(), ns, "shell", "shell", c.options); err != nil || string(got) != c.want {
			t.Errorf("%+v: got %q, %v; want %q", c.options, got, err, c.want)
		}
	}
	if _, err := client.Logs(t.Context(), ns, "shell", "none", kube.LogOptions{}); err == nil || isUnreachable(err) {
		t.Errorf("of no container: %v", err)
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

// After Sync the copy has every change that was made before, deletions included.
func TestSync(t *testing.T) {
	client, ns := realCluster(t)
	watch := client.Watch(t.Context(), func(string) {})
	find := func() *corev1.Pod {
		if err := watch.Sync(t.Context()); err != nil {
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
		t.Errorf("got %v, want that cl-none is not known", err)
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
		t.Errorf("of the whole cluster: %v", err)
	}
	if _, err := client.Get(t.Context(), ns, "v1", "Pod", "none"); !apierrors.IsNotFound(err) {
		t.Errorf("of no pod: got %v, want not found", err)
	}
	if _, err := client.Get(t.Context(), ns, "v1", "Pot", "shell"); err == nil || !strings.Contains(err.Error(), "the cluster knows no kind Pot in v1") {
		t.Errorf("of no kind: %v", err)
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
	if said := fmt.Sprint(config); strings.Contains(said, "-data") || !strings.Contains(said, "https://") {
		t.Errorf("got %s", said)
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
		t.Errorf("ephemeral containers %v", added)
	}
	if err := client.Debug(t.Context(), ns, "none", debugger); !apierrors.IsNotFound(err) {
		t.Errorf("of no pod: %v", err)
	}
}
