package kube

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Pods returns the pods of a kube namespace, "" for all, by name.
func (c *Client) Pods(ctx context.Context, kubeNamespace string) ([]corev1.Pod, error) {
	doing := "list pods"
	if kubeNamespace != "" {
		doing += " in " + kubeNamespace
	}
	var list *corev1.PodList
	err := c.call(ctx, doing, func(ctx context.Context) (err error) {
		list, err = c.typed.CoreV1().Pods(kubeNamespace).List(ctx, metav1.ListOptions{})
		return err
	})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// Pod returns one pod; that there is none is an error that
// apierrors.IsNotFound knows.
func (c *Client) Pod(ctx context.Context, kubeNamespace, name string) (*corev1.Pod, error) {
	var pod *corev1.Pod
	err := c.call(ctx, fmt.Sprintf("get pod %s in %s", name, kubeNamespace), func(ctx context.Context) (err error) {
		pod, err = c.typed.CoreV1().Pods(kubeNamespace).Get(ctx, name, metav1.GetOptions{})
		return err
	})
	return pod, err
}

// EventCount returns how often an event happened. The API has three ways to say
// it: a series, a count, and neither for an event that came once.
func EventCount(event *corev1.Event) int {
	switch {
	case event.Series != nil:
		return int(event.Series.Count)
	case event.Count > 0:
		return int(event.Count)
	default:
		return 1
	}
}

// EventTime returns when an event last happened, in whole seconds or in
// microseconds, depending on who reported it.
func EventTime(event *corev1.Event) time.Time {
	switch {
	case event.Series != nil:
		return event.Series.LastObservedTime.Time
	case !event.LastTimestamp.IsZero():
		return event.LastTimestamp.Time
	case !event.EventTime.IsZero():
		return event.EventTime.Time
	default:
		return event.CreationTimestamp.Time
	}
}

// LogOptions choose what of a container's log is wanted; zero values don't
// narrow it.
type LogOptions struct {
	// TailLines is how many of the last lines.
	TailLines int64
	// Since leaves out what was logged before.
	Since time.Time
	// Previous asks for the log of the container's last attempt but one.
	Previous bool
}

// Logs returns what a container logged, at most the last outputLimit bytes of
// what the options choose.
func (c *Client) Logs(ctx context.Context, kubeNamespace, pod, container string, options LogOptions) ([]byte, error) {
	request := &corev1.PodLogOptions{Container: container, Previous: options.Previous}
	if options.TailLines > 0 {
		request.TailLines = &options.TailLines
	}
	if !options.Since.IsZero() {
		request.SinceTime = &metav1.Time{Time: options.Since}
	}
	var log []byte
	err := c.call(ctx, fmt.Sprintf("read the log of %s in pod %s", container, pod), func(ctx context.Context) error {
		stream, err := c.typed.CoreV1().Pods(kubeNamespace).GetLogs(pod, request).Stream(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = stream.Close() }()
		log, err = readTail(stream, outputLimit)
		return err
	})
	return log, err
}
