// Package server is nodeprobe without its main: it puts what the kernel and
// the runtime say together into one picture of a node, tells at once what
// happens on it, and sends signals.
package server
