// Package progress shows on stderr what podlab is doing, while results go to
// stdout. Every package may use it.
package progress
