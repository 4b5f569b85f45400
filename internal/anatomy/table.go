package anatomy

import (
	"strings"

	"podlab/internal/text"
)

// gap stands between columns.
const gap = "  "

// A table is text in columns; its first row is the heading.
type table struct {
	rows [][]string
	// color returns the ANSI code of a cell below the heading, "" for none.
	color func(cell string) string
}

func (t *table) widths() []int {
	widths := make([]int, len(t.rows[0]))
	for _, row := range t.rows {
		for i, cell := range row {
			widths[i] = max(widths[i], text.Columns(cell))
		}
	}
	return widths
}

// narrow cuts one column's cells, down to least at most, so that lines are no
// wider than width.
func (t *table) narrow(column, width, least int) {
	widths := t.widths()
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	if total <= width {
		return
	}
	most := max(least, widths[column]-(total-width))
	for _, row := range t.rows {
		row[column] = text.Shorten(row[column], most)
	}
}

func (t *table) String() string {
	var out strings.Builder
	widths := t.widths()
	for y, row := range t.rows {
		line := make([]string, len(row))
		for x, cell := range row {
			line[x] = cell
			if x < len(row)-1 {
				line[x] = text.Pad(cell, widths[x])
			}
			if y > 0 && t.color != nil {
				line[x] = painted(line[x], t.color(cell))
			}
		}
		out.WriteString(strings.TrimRight(strings.Join(line, gap), " ") + "\n")
	}
	return out.String()
}

// painted gives s a colour by its ANSI code, "" for none.
func painted(s, code string) string {
	if code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// colorOf colours the signs of the matrix; a container's name or a command can
// be one too, and is no worse for it.
func colorOf(cell string) string {
	switch {
	case cell == "node":
		return "2"
	case cell == "pause":
		return "36"
	case cell == "private":
		return "33"
	case cell == "?":
		return "31"
	case strings.HasPrefix(cell, "="):
		return "35"
	default:
		return ""
	}
}
