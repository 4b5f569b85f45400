// Package progress tells people on stderr what is being done while results
// are on their way to stdout. Every stage of the data's way may use it.
package progress
