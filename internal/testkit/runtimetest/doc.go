// Package runtimetest starts a container runtime for a test: a real containerd
// with real sandboxes, whose image holds an actor.
package runtimetest
