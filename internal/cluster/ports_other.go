//go:build !linux

package cluster

// listener returns the process that has the port: there is no way to know here
// without a program of the system's.
func listener(hostPort) string { return "" }
