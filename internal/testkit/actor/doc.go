// Package actor gives tests processes to observe. An actor is the test binary
// itself, started again in a role and in namespaces of its own.
package actor
