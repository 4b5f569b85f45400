// Package runner runs scenarios on a cluster: it carries out their steps and judges
// their checks, in order. It uses the cluster only through the interface [Cluster].
package runner
