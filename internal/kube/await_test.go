package kube_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"podlab/internal/kube"
)

// slowServer returns a client of a server that answers the first requests with 503 and
// later requests with one ready node.
func slowServer(t *testing.T, failures int64) *kube.Client {
	t.Helper()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if requests.Add(1) <= failures {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		list := &corev1.NodeList{
			TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "NodeList"}, ListMeta: metav1.ListMeta{ResourceVersion: "7"},
			Items: []corev1.Node{{
				ObjectMeta: metav1.ObjectMeta{Name: "worker"},
				Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
			}},
		}
		if err := json.NewEncoder(w).Encode(list); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	client, err := kube.New(kubeconfigFor(t, server.URL))
	if err == nil {
		return client
	}
	t.Fatal(err)
	return nil
}

// await retries requests while the server can't serve them.
func TestAwaitRetries(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := slowServer(t, 3).AwaitNodes(ctx, []string{"worker"}, time.Time{}); err != nil {
		t.Errorf("got %v, want success after three failed requests", err)
	}
}

func TestAwaitTimeout(t *testing.T) {
	late := errors.New("too late")
	ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, late)
	defer cancel()
	err := slowServer(t, 1<<40).AwaitNodes(ctx, []string{"worker"}, time.Time{})
	if !errors.Is(err, late) || !isUnreachable(err) {
		t.Errorf("got %v, want the timeout and an UnreachableError", err)
	}
}
