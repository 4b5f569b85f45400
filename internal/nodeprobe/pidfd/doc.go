// Package pidfd refers to processes by pidfd. A pidfd stays with its process:
// it never affects another process that gets the same pid later.
package pidfd
