package kube

import (
	"context"
	"errors"
	"net/http"
)

// A pulse tells whoever follows the server how each of their requests went.
//
// It sits below client-go, which takes a watch that could not be opened in time
// for one that ended at once: above, a server that is gone and one that has no
// news look the same.
type pulse struct {
	client *Client
	next   http.RoundTripper
}

type followerKey struct{}

// withFollower returns a context whose requests tell note how they went: nil
// when the server answered as it should.
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
		// It was not wanted any more.
	case err != nil:
		note(&UnreachableError{Cluster: p.client.cluster, Err: err})
	case response.StatusCode >= http.StatusBadRequest && response.StatusCode != http.StatusGone:
		// 410 is how a watch expires.
		note(&UnreachableError{Cluster: p.client.cluster, Err: errors.New(response.Status)})
	default:
		note(nil)
	}
	return response, err
}
