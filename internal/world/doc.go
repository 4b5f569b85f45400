// Package world has the types of one picture of a cluster: what the API server,
// the container runtime and the kernel say, joined. A nil is a missing fact.
package world
