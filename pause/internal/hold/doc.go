// Package hold is pause itself, shared by the reference and the one that has a
// fault to be found.
package hold
