package kube

import (
	"context"
	"errors"
	"net/http"
)

// A reporter reports the result of each request to the function in the request's
// context.
//
// It works below client-go, because client-go handles a timeout while it opens a watch
// like a watch that ended at once: above client-go, an unreachable server looks like a
// server without changes.
type reporter struct {
	client *Client
	next   http.RoundTripper
}

type reportKey struct{}

// withReport returns a context whose requests call report with their result, nil for
// success.
func withReport(ctx context.Context, report func(error)) context.Context {
	return context.WithValue(ctx, reportKey{}, report)
}

func (r reporter) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	report, ok := request.Context().Value(reportKey{}).(func(error))
	if !ok {
		return response, err
	}
	switch {
	case err != nil && request.Context().Err() != nil:
		// The caller cancelled the request.
	case err != nil:
		report(&UnreachableError{Cluster: r.client.cluster, Err: err})
	case response.StatusCode >= http.StatusBadRequest && response.StatusCode != http.StatusGone:
		// 410 Gone means that the watch has expired.
		report(&UnreachableError{Cluster: r.client.cluster, Err: errors.New(response.Status)})
	default:
		report(nil)
	}
	return response, err
}
