package cli

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestNamespaceOf(t *testing.T) {
	var pods []corev1.Pod
	add := func(namespace, name string) {
		pods = append(pods, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}})
	}
	add("default", "cache")
	add("kill-pause", "nginx")
	add("shared-pid", "nginx")
	for i := range 2 * maxSuggestions {
		add("many", fmt.Sprintf("myweb2-%d", i))
	}
	if got, err := namespaceOf(pods, "cache"); got != "default" || err != nil {
		t.Errorf("cache: got %q, %v; want default", got, err)
	}
	for name, want := range map[string]string{
		"nginx":  `pod "nginx" is in several kube namespaces, choose one with -n: kill-pause, shared-pid`,
		"other":  `there is no pod "other" in any kube namespace; kubectl get pods -A lists all pods`,
		"nginx2": "there is no pod \"nginx2\"; did you mean:\n  podlab inspect nginx -n kill-pause\n  podlab inspect nginx -n shared-pid",
		"myweb2": `there is no pod "myweb2"; did you mean:
  podlab inspect myweb2-0 -n many
  podlab inspect myweb2-1 -n many
  podlab inspect myweb2-2 -n many
  podlab inspect myweb2-3 -n many
  podlab inspect myweb2-4 -n many`,
	} {
		got, err := namespaceOf(pods, name)
		if got != "" || err == nil || err.Error() != want {
			t.Errorf("%s: got %q, %v; want the error %s", name, got, err, want)
		}
	}
}

func TestCheckCluster(t *testing.T) {
	for name, ok := range map[string]bool{
		"myk8s": true, "a-1": true, "": false, "My": false, "a_b": false, "-a": false, "a.b": false,
		"a23456789012345678901234567890123456789012345678":   true,
		"a234567890123456789012345678901234567890123456789x": false,
	} {
		if err := checkCluster(name); (err == nil) != ok {
			t.Errorf("%q: got %v, want valid: %v", name, err, ok)
		}
	}
}
