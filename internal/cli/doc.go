// Package cli is podlab's command line: it parses arguments, runs commands and
// prints their results. Each command has its own file.
package cli
