// Package text holds texts in every language that podlab speaks, and lays them
// out in the columns of a terminal.
package text
