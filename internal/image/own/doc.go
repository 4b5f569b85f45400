// Package own makes images of podlab's own programs, which podlab carries
// inside itself.
package own
