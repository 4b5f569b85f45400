// Package kube is podlab's client of a cluster's API server. Steps use it to change the
// cluster, and observations use it to read the API.
package kube
