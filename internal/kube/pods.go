package kube

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Pods returns the pods of a kube namespace, "" for all, sorted by name.
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

// Pod returns one pod. apierrors.IsNotFound recognizes the error for a pod that does
// not exist.
func (c *Client) Pod(ctx context.Context, kubeNamespace, name string) (*corev1.Pod, error) {
	var pod *corev1.Pod
	err := c.call(ctx, fmt.Sprintf("get pod %s in %s", name, kubeNamespace), func(ctx context.Context) (err error) {
		pod, err = c.typed.CoreV1().Pods(kubeNamespace).Get(ctx, name, metav1.GetOptions{})
		return err
	})
	return pod, err
}

// EventCount returns how often an event happened. An event has a series, a count, or
// neither if it happened once.
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

// EventTime returns when an event last happened. Its resolution is a second or a
// microsecond, depending on the component that reported the event.
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

// Logs returns a container's log, or the log of its previous attempt, at most the last
// outputLimit bytes.
func (c *Client) Logs(ctx context.Context, kubeNamespace, pod, container string, previous bool) ([]byte, error) {
	request := &corev1.PodLogOptions{Container: container, Previous: previous}
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
