package cluster

import "testing"

func TestUsageQuotesPath(t *testing.T) {
	for path, want := range map[string]string{
		"/state/kubeconfig":    "export KUBECONFIG=/state/kubeconfig",
		"/my state/kubeconfig": "export KUBECONFIG='/my state/kubeconfig'",
	} {
		if got := (&Cluster{Kubeconfig: path}).Usage(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
