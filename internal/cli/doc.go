// Package cli is podlab as it is typed: one file per verb. It stands at both
// ends of the data's way, where people are.
package cli
