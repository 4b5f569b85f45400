// Package cri asks the container runtime, over CRI, for its sandboxes and
// containers and for what happens to them: the second source of what podlab
// observes.
package cri
