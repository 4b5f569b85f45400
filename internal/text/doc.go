// Package text holds what learners read, in each language that podlab speaks.
package text
