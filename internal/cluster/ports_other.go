//go:build !linux

package cluster

// listeningProcess returns "": only Linux has a /proc to find the process in.
func listeningProcess(hostPort) string { return "" }
