// Package proc reads processes, their namespaces and their listening sockets
// from the kernel. It is one of nodeprobe's two sources; package cri is the
// other.
package proc
