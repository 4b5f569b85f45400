package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"
)

// ErrNotRunning says that a command could not run because its container does
// not run.
var ErrNotRunning = errors.New("the container does not run")

// Exec runs a command in a container and returns what it wrote, at most
// outputLimit bytes of each stream, and its exit code. An exit code other than
// 0 is a result, not an error: an error says that the command could not be run
// to its end, and wraps [ErrNotRunning] when the container was not there for
// it. stdin nil is an empty input. It runs until the command or ctx ends.
func (c *Client) Exec(ctx context.Context, kubeNamespace, pod, container string, argv []string, stdin io.Reader) (stdout, stderr []byte, exit int, err error) {
	doing := fmt.Sprintf("run %q in container %s of pod %s", argv, container, pod)
	target := c.typed.CoreV1().RESTClient().Post().Resource("pods").Namespace(kubeNamespace).Name(pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{
			Container: container, Command: argv, Stdin: stdin != nil, Stdout: true, Stderr: true,
		}, scheme.ParameterCodec).URL()
	executor, err := c.executor(target)
	if err != nil {
		return nil, nil, 0, fmt.Errorf("%s: %w", doing, err)
	}
	var out, errOut head
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: stdin, Stdout: &out, Stderr: &errOut})
	if code, ok := errors.AsType[utilexec.CodeExitError](err); ok {
		exit, err = code.Code, nil
	}
	if err != nil && ctx.Err() == nil {
		// Only the pod's status tells reliably why: the texts of kubelet and
		// runtime differ from version to version.
		if reason := c.notRunning(ctx, kubeNamespace, pod, container); reason != nil {
			err = fmt.Errorf("%w (%w)", reason, err)
			return out.data, errOut.data, 0, fmt.Errorf("%s: %w", doing, err)
		}
	}
	return out.data, errOut.data, exit, c.explain(ctx, doing, err)
}

// executor runs commands over websockets, and over SPDY where a proxy or an
// older server refuses those, as kubectl does.
func (c *Client) executor(target *url.URL) (remotecommand.Executor, error) {
	overWebSocket, err := remotecommand.NewWebSocketExecutor(c.config, http.MethodGet, target.String())
	if err != nil {
		return nil, err
	}
	overSPDY, err := remotecommand.NewSPDYExecutor(c.config, http.MethodPost, target)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(overWebSocket, overSPDY, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
}

// notRunning returns why the container can't run a command, or nil when it
// could, or when that is not known.
func (c *Client) notRunning(ctx context.Context, kubeNamespace, name, container string) error {
	var statuses []corev1.ContainerStatus
	if pod, err := c.Pod(ctx, kubeNamespace, name); err == nil {
		statuses = pod.Status.ContainerStatuses
	}
	for _, status := range statuses {
		switch state := status.State; {
		case status.Name != container || state.Running != nil:
		case state.Waiting != nil:
			return fmt.Errorf("%w: it waits: %s", ErrNotRunning, state.Waiting.Reason)
		case state.Terminated != nil:
			return fmt.Errorf("%w: it ended with exit code %d", ErrNotRunning, state.Terminated.ExitCode)
		}
	}
	return nil
}
