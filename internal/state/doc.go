// Package state keeps what outlives a run: directories, files that are replaced
// atomically, and locks. Every stage of the data's way may use it.
package state
