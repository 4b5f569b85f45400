package lab

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"podlab/internal/expect"
)

// expr keeps the node of an expression. It can be compiled only after the task's
// observations are known.
func (s *source) expr(n *yaml.Node, e *Expr) {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		s.problemAt(n, "must be an expression")
		return
	}
	e.Source, e.node = n.Value, n
}

// compile compiles an expression and reports whether that succeeded.
func (s *source) compile(e *Expr, want expect.Want, got map[string]expect.Type) bool {
	if e.node == nil {
		return false // decoding has reported it
	}
	program, err := expect.Compile(e.Source, want, got)
	if errs, ok := errors.AsType[expect.Errors](err); ok {
		for _, one := range errs {
			s.problems.add(s.path, s.locate(e.node, one.Line, one.Column), "%s", one.Message)
		}
	}
	e.Program = program
	return err == nil
}

// locate returns the position in the file of a line and column of a scalar's
// value. If YAML folded or escaped the value, it returns the beginning of the
// scalar.
func (s *source) locate(n *yaml.Node, line, column int) position {
	begin := position{n.Line, n.Column}
	switch {
	case n.Style&yaml.LiteralStyle != 0 && n.Line+line <= len(s.lines):
		first := s.lines[n.Line]
		indent := len(first) - len(strings.TrimLeft(first, " "))
		return position{n.Line + line, indent + column}
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		begin.column++
	}
	raw := []rune(s.lines[n.Line-1])
	length := utf8.RuneCountInString(n.Value)
	if line != 1 || begin.column-1+length > len(raw) || string(raw[begin.column-1:begin.column-1+length]) != n.Value {
		return position{n.Line, n.Column}
	}
	return position{begin.line, begin.column + column - 1}
}

// reads reports whether a compiled expression reads one of the variables.
func (e *Expr) reads(names ...string) bool {
	return e.Program != nil && slices.ContainsFunc(e.Reads(), func(read string) bool { return slices.Contains(names, read) })
}
