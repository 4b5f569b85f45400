// Package server is nodeprobe without its main. It joins what the kernel and the
// container runtime report into snapshots of a node, sends events as they happen,
// and sends signals.
package server
