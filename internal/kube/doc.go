// Package kube speaks to a cluster's API server: steps change the cluster
// through it, and the API's part of every observation is asked of it.
package kube
