// Package recipe describes how to build each image from Go modules and Debian
// packages, as steps of a graph.
package recipe
