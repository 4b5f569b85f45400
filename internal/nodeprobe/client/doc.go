// Package client talks to nodeprobe, the observer inside a node, from the host.
package client
