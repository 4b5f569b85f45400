// Package grade makes points and one verdict out of the verdicts of checks.
package grade
