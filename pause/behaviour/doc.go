// Package behaviour checks whether a program behaves as a pause must. Each
// [Statement] starts the program again, mostly as PID 1 of a PID namespace, and
// watches it through /proc. The package does not depend on how a pause is built.
package behaviour
