// Package runner runs scenarios on a cluster: it carries out their steps and judges
// their checks, in order. It knows the cluster only as the interface [Cluster].
package runner
