// Package report renders graded verdicts: for a terminal, for programs, for CI
// and for a page to keep.
package report
