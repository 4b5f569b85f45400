// Package bringup takes every step from a bare machine to a cluster that scenarios
// run on: the lock, the engine, the images, the cluster, and its clients.
package bringup
