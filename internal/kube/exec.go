package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
	utilexec "k8s.io/client-go/util/exec"
	"k8s.io/streaming/pkg/httpstream"
)

// ErrNotRunning is returned for a command in a container that is not running.
var ErrNotRunning = errors.New("the container is not running")

// Exec runs a command in a container until the command or ctx ends. It returns the
// command's exit code and output, at most outputLimit bytes of each stream. A nil
// stdin is an empty input.
//
// An exit code other than 0 is not an error. An error means that the command did not
// complete. If the container is not running, the error wraps [ErrNotRunning].
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
		// The error texts of kubelets and runtimes vary with their versions, so the pod's
		// status decides.
		if reason := c.notRunning(ctx, kubeNamespace, pod, container); reason != nil {
			err = fmt.Errorf("%w (%w)", reason, err)
			return out.data, errOut.data, 0, fmt.Errorf("%s: %w", doing, err)
		}
	}
	return out.data, errOut.data, exit, c.explain(ctx, doing, err)
}

// executor returns an executor that uses WebSockets like kubectl, and falls back to
// SPDY if a proxy or an older server refuses WebSockets.
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

// notRunning returns why the container is not running. It returns nil if the container
// is running or its state is unknown.
func (c *Client) notRunning(ctx context.Context, kubeNamespace, name, container string) error {
	var statuses []corev1.ContainerStatus
	if pod, err := c.Pod(ctx, kubeNamespace, name); err == nil {
		statuses = slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses, pod.Status.EphemeralContainerStatuses)
	}
	for _, status := range statuses {
		switch state := status.State; {
		case status.Name != container || state.Running != nil:
		case state.Waiting != nil:
			return fmt.Errorf("%w: waiting: %s", ErrNotRunning, state.Waiting.Reason)
		case state.Terminated != nil:
			return fmt.Errorf("%w: terminated with exit code %d", ErrNotRunning, state.Terminated.ExitCode)
		}
	}
	return nil
}
