// Package cri asks the container runtime, over CRI, for its sandboxes and
// containers and for their events. It is one of nodeprobe's two sources; package
// proc is the other.
package cri
