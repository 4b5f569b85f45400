// Package cluster creates, reuses and removes kind clusters: it takes an engine
// and its images, and gives a running cluster and its kubeconfig.
package cluster
