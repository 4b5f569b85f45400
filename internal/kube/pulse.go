package kube

import (
	"context"
	"errors"
	"net/http"
)

// A pulse reports the result of each request to the follower in the request's context.
//
// It sits below client-go, because client-go treats a watch that timed out while it
// was being opened like a watch that ended at once. Above client-go, an unreachable
// server looks like a server without changes.
type pulse struct {
	client *Client
	next   http.RoundTripper
}

type followerKey struct{}

// withFollower returns a context whose requests call note with their result, nil for
// success.
func withFollower(ctx context.Context, note func(error)) context.Context {
	return context.WithValue(ctx, followerKey{}, note)
}

func (p pulse) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := p.next.RoundTrip(request)
	note, ok := request.Context().Value(followerKey{}).(func(error))
	if !ok {
		return response, err
	}
	switch {
	case err != nil && request.Context().Err() != nil:
		// The caller cancelled the request.
	case err != nil:
		note(&UnreachableError{Cluster: p.client.cluster, Err: err})
	case response.StatusCode >= http.StatusBadRequest && response.StatusCode != http.StatusGone:
		// 410 Gone means that the watch has expired.
		note(&UnreachableError{Cluster: p.client.cluster, Err: errors.New(response.Status)})
	default:
		note(nil)
	}
	return response, err
}
