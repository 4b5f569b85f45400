// Package runtimetest starts a container runtime of a test's own: a real
// containerd with real sandboxes, made from an image of actors.
package runtimetest
