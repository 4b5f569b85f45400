// Package node runs commands in a node: whatever podlab knows of a node's
// inside, or does there, goes this way.
package node
