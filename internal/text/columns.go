package text

import "strings"

// Columns is how many columns of a terminal s takes.
func Columns(s string) int {
	n := 0
	for _, r := range s {
		n += columns(r)
	}
	return n
}

// Cut shortens s to at most that many columns.
func Cut(s string, most int) string {
	used := 0
	for i, r := range s {
		if used += columns(r); used > most {
			return s[:i]
		}
	}
	return s
}

// Shorten cuts s, if it is wider than that many columns, and ends it with an
// ellipsis.
func Shorten(s string, most int) string {
	if Columns(s) <= most {
		return s
	}
	return Cut(s, most-1) + "…"
}

// Pad fills s up with spaces to that many columns.
func Pad(s string, to int) string {
	return s + strings.Repeat(" ", max(0, to-Columns(s)))
}

// columns is two for Hangul, the CJK scripts and full-width forms, else one.
func columns(r rune) int {
	switch {
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60, r >= 0xffe0 && r <= 0xffe6:
		return 2
	default:
		return 1
	}
}
