// Package kube is podlab's client of a cluster's API server. Steps change the cluster
// through it, and observations read the API through it.
package kube
