package expect

import (
	"cmp"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// opaqueFunctions pass objects on without reading them. Every other function
// would compare or convert an object, and take its missing facts for known ones.
var opaqueFunctions = []string{
	operators.Index, operators.Conditional, operators.Add, operators.NotStrictlyFalse,
	"size", "slice", "reverse", "@sortByAssociatedKeys", "cel.@mapInsert",
}

// variableNames are the names of podlab's variables.
var variableNames = []string{"pod", "pods", "node", "nodes", "start", "got"}

// reject returns the mistakes that CEL's checker accepts.
func (p *Program) reject() Errors {
	var errs Errors
	root := ast.NavigateAST(p.ast)
	if message := p.want.mismatch(root.Type()); message != "" {
		errs = append(errs, p.errorAt(root.ID(), "%s", message))
	}
	for _, e := range ast.MatchDescendants(root, ast.AllMatcher()) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			for _, name := range []string{e.AsComprehension().IterVar(), e.AsComprehension().IterVar2(), e.AsComprehension().AccuVar()} {
				if slices.Contains(variableNames, name) {
					errs = append(errs, p.errorAt(e.ID(), "%s is a variable of podlab: choose another name", name))
				}
			}
		case ast.StructKind:
			errs = append(errs, p.errorAt(e.ID(), "expressions cannot create objects"))
		case ast.CallKind:
			if arg := readArgument(e); arg != nil {
				errs = append(errs, p.errorAt(e.ID(), "%s cannot be an argument of %s: facts in it can be missing; use those facts instead",
					p.text(arg), functionName(e.AsCall().FunctionName())))
			} else if e.AsCall().FunctionName() == "dyn" {
				errs = append(errs, p.errorAt(e.ID(), "dyn hides missing facts: remove it"))
			}
		}
	}
	slices.SortStableFunc(errs, func(a, b Error) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	return errs
}

// mismatch returns what is wrong with an expression of type t, "" for nothing.
func (w Want) mismatch(t *types.Type) string {
	switch {
	case w == Statement && t.Kind() != types.BoolKind:
		return "must be true or false, not " + t.String()
	case w == PID && t.Kind() != types.IntKind:
		return "must be a pid (a number), not " + t.String()
	case w == Word && !plain(t):
		return "must be a number, a text, or true or false, not " + t.String()
	case w == Answer && !plain(t) && (t.Kind() != types.ListKind || !plain(t.Parameters()[0])):
		return "must be a number, a text, true or false, or a list of them, not " + t.String()
	}
	return ""
}

func plain(t *types.Type) bool {
	switch t.Kind() {
	case types.BoolKind, types.IntKind, types.DoubleKind, types.StringKind:
		return true
	}
	return false
}

// readArgument returns an argument in which facts can be missing and which the
// call reads; nil if there is none.
func readArgument(e ast.NavigableExpr) ast.NavigableExpr {
	function := e.AsCall().FunctionName()
	if slices.Contains(opaqueFunctions, function) {
		return nil
	}
	for _, arg := range e.Children() {
		if !partial(arg.Type()) {
			continue
		}
		if function == operators.In && arg.Type().Kind() == types.MapKind {
			continue // reads only the names
		}
		return arg
	}
	return nil
}

func functionName(function string) string {
	if name, ok := operators.FindReverse(function); ok && name != "" {
		return name
	}
	return function
}

// variables returns the variables that the expression reads; of start and got,
// their fields.
func (p *Program) variables() []string {
	var names []string
	for _, e := range ast.MatchDescendants(ast.NavigateAST(p.ast), ast.KindMatcher(ast.IdentKind)) {
		name := e.AsIdent()
		if !slices.Contains(variableNames, name) {
			continue
		}
		parent, ok := e.Parent()
		if (name == "start" || name == "got") && ok && parent.Kind() == ast.SelectKind {
			name += "." + parent.AsSelect().FieldName()
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
