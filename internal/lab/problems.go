package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Problem is a mistake in the content.
type Problem struct {
	// File is the path in the content. Line and Column count from 1; they are 0 if
	// the problem concerns the whole file.
	File         string
	Line, Column int
	Message      string
}

func (p Problem) String() string {
	switch {
	case p.Line == 0:
		return p.File + ": " + p.Message
	case p.Column == 0:
		return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
}

// Problems are all problems in the content, sorted by file and line.
type Problems []Problem

// Error returns one line per problem.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

func (p *Problems) add(file string, at position, format string, args ...any) {
	*p = append(*p, Problem{File: file, Line: at.line, Column: at.column, Message: fmt.Sprintf(format, args...)})
}

// err returns the sorted problems, or nil if there are none.
func (p *Problems) err() error {
	if len(*p) == 0 {
		return nil
	}
	slices.SortFunc(*p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message))
	})
	return *p
}

type position struct{ line, column int }
