// Package state keeps what outlives a run: directories, files written as a
// whole or not at all, and locks. Every stage of the data's way may use it.
package state
