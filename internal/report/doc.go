// Package report grades a lab from the verdicts of its checks, and renders the
// report for terminals, programs, CI systems and browsers.
package report
