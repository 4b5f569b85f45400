package expect

import (
	"cmp"
	"slices"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
)

// structural are the functions that move objects about without looking into
// them. All others would compare or convert them, and take a missing fact in
// them for a known one.
var structural = []string{
	operators.Index, operators.Conditional, operators.Add, operators.NotStrictlyFalse,
	"size", "slice", "reverse", "@sortByAssociatedKeys", "cel.@mapInsert",
}

// variables are the names that an expression finds.
var variables = []string{"pod", "pods", "node", "nodes", "start", "got"}

// refuse returns what CEL's checker lets pass and podlab does not.
func (p *Program) refuse() Errors {
	var errs Errors
	root := ast.NavigateAST(p.ast)
	if message := p.want.refuse(root.Type()); message != "" {
		errs = append(errs, p.errorAt(root.ID(), "%s", message))
	}
	for _, e := range ast.MatchDescendants(root, ast.AllMatcher()) {
		switch e.Kind() {
		case ast.ComprehensionKind:
			for _, name := range []string{e.AsComprehension().IterVar(), e.AsComprehension().IterVar2(), e.AsComprehension().AccuVar()} {
				if slices.Contains(variables, name) {
					errs = append(errs, p.errorAt(e.ID(), "%s is what podlab calls something else; take another name", name))
				}
			}
		case ast.StructKind:
			errs = append(errs, p.errorAt(e.ID(), "objects can't be made, only looked at"))
		case ast.CallKind:
			if arg := opened(e); arg != nil {
				errs = append(errs, p.errorAt(e.ID(), "%s can't be given to %s: facts in it can be missing; name the facts to look at",
					p.text(arg), functionName(e.AsCall().FunctionName())))
			} else if e.AsCall().FunctionName() == "dyn" {
				errs = append(errs, p.errorAt(e.ID(), "dyn hides what can be missing; leave it out"))
			}
		}
	}
	slices.SortStableFunc(errs, func(a, b Error) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	return errs
}

func (w Want) refuse(t *types.Type) string {
	switch {
	case w == Statement && t.Kind() != types.BoolKind:
		return "must be true or false, and is " + t.String()
	case w == PID && t.Kind() != types.IntKind:
		return "must be a pid, a number, and is " + t.String()
	case w == Word && !plain(t):
		return "must be a number, a text, or true or false, and is " + t.String()
	case w == Answer && !plain(t) && (t.Kind() != types.ListKind || !plain(t.Parameters()[0])):
		return "must be a number, a text, true or false, or a list of these, and is " + t.String()
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

// opened returns an argument of a call that the call looks into, though facts in
// it can be missing; nil when there is none.
func opened(e ast.NavigableExpr) ast.NavigableExpr {
	function := e.AsCall().FunctionName()
	if slices.Contains(structural, function) {
		return nil
	}
	for _, arg := range e.Children() {
		if !partial(arg.Type()) {
			continue
		}
		if function == operators.In && arg.Type().Kind() == types.MapKind {
			continue // looks at the names only
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

// mentions returns which variables the expression reads, and of start and got
// which of their fields.
func (p *Program) mentions() []string {
	var names []string
	for _, e := range ast.MatchDescendants(ast.NavigateAST(p.ast), ast.KindMatcher(ast.IdentKind)) {
		name := e.AsIdent()
		if !slices.Contains(variables, name) {
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
