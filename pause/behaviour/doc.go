// Package behaviour holds any pause to what a pause must do: each [Statement]
// starts it anew, mostly as PID 1 of a PID namespace, and looks at what it does
// through /proc. Nothing in it knows how a pause is made.
package behaviour
