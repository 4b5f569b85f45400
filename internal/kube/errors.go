package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// An UnreachableError says that the API server did not answer or can't serve requests
// now. The state of the requested object is then unknown.
type UnreachableError struct {
	// Cluster is the cluster's name.
	Cluster string
	Err     error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the API server of cluster %s does not answer (%v): is the cluster up? podlab status", e.Cluster, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// explain adds doing, a verb and its object, to err. If the caller's ctx has ended, the
// error is the cause of ctx's end, and never an [UnreachableError].
func (c *Client) explain(ctx context.Context, doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", doing, context.Cause(ctx))
	case unanswered(err):
		return fmt.Errorf("%s: %w", doing, &UnreachableError{Cluster: c.cluster, Err: err})
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
}

// unanswered reports whether err describes the state of the server and not the
// request: no connection, a timeout, or a response of a server that is starting,
// stopping, overloaded, or without a leader of etcd.
func unanswered(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsServerTimeout(err) ||
		apierrors.IsTimeout(err) || apierrors.IsTooManyRequests(err) || apierrors.IsInternalError(err)
}
