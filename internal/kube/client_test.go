package kube_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"podlab/internal/kube"
)

// kubeconfigFor writes a kubeconfig like kind's for the server with that URL.
func kubeconfigFor(t *testing.T, address string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	config := fmt.Sprintf(`apiVersion: v1
kind: Config
clusters: [{name: kind-lab, cluster: {server: "%s"}}]
users: [{name: kind-lab, user: {}}]
contexts: [{name: kind-lab, context: {cluster: kind-lab, user: kind-lab}}]
current-context: kind-lab
`, address)
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// freeAddress returns an address without a listener.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func TestUnreachableServer(t *testing.T) {
	client, err := kube.New(kubeconfigFor(t, "https://"+freeAddress(t)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Pods(t.Context(), "default")
	if _, ok := errors.AsType[*kube.UnreachableError](err); !ok {
		t.Fatalf("got %v, want an UnreachableError", err)
	}
	for _, want := range []string{"list pods in default: ", "API server of cluster lab does not answer", "connection refused", "podlab status"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not contain %q", err, want)
		}
	}
	if err := client.Apply(t.Context(), "default", []byte("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")); !isUnreachable(err) {
		t.Errorf("apply: got %v, want an UnreachableError", err)
	}
	if _, _, _, err := client.Exec(t.Context(), "default", "a", "a", []string{"true"}, nil); !isUnreachable(err) {
		t.Errorf("exec: got %v, want an UnreachableError", err)
	}
	if err := client.Delete(t.Context(), "default", "pod", "a", nil); !isUnreachable(err) {
		t.Errorf("delete: got %v, want an UnreachableError", err)
	}
	if err := client.Reset(t.Context(), "a"); !isUnreachable(err) {
		t.Errorf("reset: got %v, want an UnreachableError", err)
	}
}

// After a timeout, the error contains the error of the last request.
func TestAwaitReadyTimeout(t *testing.T) {
	client, err := kube.New(kubeconfigFor(t, "https://"+freeAddress(t)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err = client.AwaitReady(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v, want the deadline and the refused connection", err)
	}
}

// The end of the caller's context is never an UnreachableError.
func TestInterruptedCall(t *testing.T) {
	client, err := kube.New(kubeconfigFor(t, "https://"+freeAddress(t)))
	if err != nil {
		t.Fatal(err)
	}
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(interrupted)
	_, err = client.Pods(ctx, "default")
	if !errors.Is(err, interrupted) || isUnreachable(err) {
		t.Errorf("got %v, want only the interruption", err)
	}
}

func TestWatchOfUnreachableServer(t *testing.T) {
	client, err := kube.New(kubeconfigFor(t, "https://"+freeAddress(t)))
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan struct{}, 100)
	watch := client.Watch(t.Context(), func(string) { changed <- struct{}{} })
	<-changed
	if !isUnreachable(watch.Err()) {
		t.Errorf("got %v, want an UnreachableError", watch.Err())
	}
	if _, err := watch.Pods(t.Context()); err == nil {
		t.Error("no error for the pods of an unreachable server")
	}
}

func TestNewWithoutKubeconfig(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none")
	if _, err := kube.New(path); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names %s", err, path)
	}
}

func isUnreachable(err error) bool {
	_, ok := errors.AsType[*kube.UnreachableError](err)
	return ok
}
