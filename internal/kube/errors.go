package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// An UnreachableError says that the API server gave no answer, or said that it
// can't serve now. It tells nothing about what was asked for.
type UnreachableError struct {
	// Cluster is the cluster's name.
	Cluster string
	Err     error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the API server of cluster %s does not answer (%v): is the cluster up? podlab status", e.Cluster, e.Err)
}

func (e *UnreachableError) Unwrap() error { return e.Err }

// explain says what was being done when err came; doing is a verb and its
// object. ctx is the caller's, whose end is not the server's fault.
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

// unanswered reports whether err tells of the server's state instead of what
// was asked of it: no connection, no answer in time, and the answers of a
// server that is starting, stopping or overloaded.
func unanswered(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		apierrors.IsServiceUnavailable(err) || apierrors.IsServerTimeout(err) ||
		apierrors.IsTimeout(err) || apierrors.IsTooManyRequests(err)
}
