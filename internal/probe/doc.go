// Package probe talks to nodeprobe, the observer inside a node.
package probe
