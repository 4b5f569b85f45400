package text

import "strings"

// gap stands between columns.
const gap = "  "

// A Table is text in columns; its first row is the heading. All rows have as
// many cells.
type Table struct {
	Rows [][]string
	// Color returns the ANSI code of a cell below the heading, "" for none; nil is
	// a table without colours.
	Color func(cell string) string
}

// Add adds a row.
func (t *Table) Add(cells ...string) { t.Rows = append(t.Rows, cells) }

func (t *Table) widths() []int {
	widths := make([]int, len(t.Rows[0]))
	for _, row := range t.Rows {
		for i, cell := range row {
			widths[i] = max(widths[i], Columns(cell))
		}
	}
	return widths
}

// Narrow cuts one column's cells, down to least at most, so that lines are no
// wider than width.
func (t *Table) Narrow(column, width, least int) {
	widths := t.widths()
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	if total <= width {
		return
	}
	most := max(least, widths[column]-(total-width))
	for _, row := range t.Rows {
		row[column] = Shorten(row[column], most)
	}
}

// String returns the table, each row a line.
func (t *Table) String() string {
	var out strings.Builder
	widths := t.widths()
	for y, row := range t.Rows {
		line := make([]string, len(row))
		for x, cell := range row {
			line[x] = cell
			if x < len(row)-1 {
				line[x] = Pad(cell, widths[x])
			}
			if y > 0 && t.Color != nil {
				line[x] = painted(line[x], t.Color(cell))
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
