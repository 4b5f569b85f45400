// Package bringup creates a cluster for scenarios, starting from a bare machine: it
// puts together the lock, the engine, the images, the cluster and its clients.
package bringup
