// Package state keeps what outlives a run: directories, files that are replaced
// atomically, and locks. Every package may use it.
package state
