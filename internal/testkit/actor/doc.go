// Package actor is what tests let live in namespaces of its own, to be
// observed: the test binary itself, started again in a role.
package actor
