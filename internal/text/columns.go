package text

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// terminal measures text as terminals show it: by grapheme, and without ANSI
// escape sequences.
var terminal = displaywidth.Options{ControlSequences: true}

// Columns returns how many columns of a terminal s takes.
func Columns(s string) int { return terminal.String(s) }

// Cut shortens s to at most width columns. It never splits a grapheme.
func Cut(s string, width int) string { return terminal.TruncateString(s, width, "") }

// Shorten shortens s to at most width columns, and marks a cut with an ellipsis.
func Shorten(s string, width int) string { return terminal.TruncateString(s, width, "…") }

// Pad appends spaces to s until it is width columns wide.
func Pad(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-Columns(s)))
}
