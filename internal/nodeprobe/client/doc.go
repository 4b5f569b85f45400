// Package client starts nodeprobe, the observer inside a node, and talks to it.
package client
