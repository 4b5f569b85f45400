// Package graph runs build steps that depend on each other, and caches the
// result of each step under the hash of everything that went into it.
package graph
