// Package node runs commands in a node. Everything that podlab reads or changes
// inside a node goes through this package.
package node
