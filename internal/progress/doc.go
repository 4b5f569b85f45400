// Package progress shows on stderr what podlab is doing, while results go to
// stdout. Every stage of the data's way may use it.
package progress
