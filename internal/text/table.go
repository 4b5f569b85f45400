package text

import "strings"

// gap separates columns.
const gap = "  "

// A Table is text in columns. Its first row is the heading. All rows have the
// same number of cells.
type Table struct {
	Rows [][]string
	// Color returns the ANSI code for a cell below the heading, "" for none. A nil
	// Color prints the table without colours.
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

// Narrow shortens the cells of one column until the table is at most width
// columns wide, but to no less than minWidth columns.
func (t *Table) Narrow(column, width, minWidth int) {
	widths := t.widths()
	total := len(gap) * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	if total <= width {
		return
	}
	room := max(minWidth, widths[column]-(total-width))
	for _, row := range t.Rows {
		row[column] = Shorten(row[column], room)
	}
}

// String returns the table, one line per row.
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
				line[x] = paint(line[x], t.Color(cell))
			}
		}
		out.WriteString(strings.TrimRight(strings.Join(line, gap), " ") + "\n")
	}
	return out.String()
}

// paint colours s with an ANSI code, "" for none.
func paint(s, code string) string {
	if code == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}
