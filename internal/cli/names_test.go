package cli

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestHome(t *testing.T) {
	var pods []corev1.Pod
	for _, p := range [][2]string{{"default", "web"}, {"kill-pause", "nginx"}, {"shared-pid", "nginx"}} {
		pods = append(pods, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: p[0], Name: p[1]}})
	}
	if got, err := home(pods, "web"); got != "default" || err != nil {
		t.Errorf("web: got %q, %v", got, err)
	}
	for name, want := range map[string]string{
		"nginx": `there are pods "nginx" in several kube namespaces: say which with -n: kill-pause, shared-pid`,
		"other": `there is no pod "other"; there are: default/web, kill-pause/nginx, shared-pid/nginx`,
	} {
		if _, err := home(pods, name); err == nil || err.Error() != want {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
	}
}

func TestClusterNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"myk8s": true, "a-1": true, "": false, "My": false, "a_b": false, "-a": false, "a.b": false,
		"a23456789012345678901234567890123456789012345678":   true,
		"a234567890123456789012345678901234567890123456789x": false,
	} {
		if err := checkCluster(name); (err == nil) != ok {
			t.Errorf("%q: got %v, want fine %v", name, err, ok)
		}
	}
}

func TestHostPortsOfTheLabs(t *testing.T) {
	got, err := hostPorts()
	if err != nil || !slices.Contains(got, 30000) || !slices.Contains(got, 30001) || !slices.IsSorted(got) {
		t.Errorf("got %v, %v; want lab-2's 30000 and 30001", got, err)
	}
}
