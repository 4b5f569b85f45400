package expect

import (
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
)

// Limits for evidence, so that a report stays readable.
const (
	maxEvidence = 12  // values
	maxItems    = 12  // items of a list
	maxText     = 240 // bytes of a text, or of the text of an expression
)

// maxSource keeps CEL from breaking the text of an expression into lines.
const maxSource = 1 << 20

// evidence collects the values of the sub-expressions behind a verdict.
func (p *Program) evidence(state interpreter.EvalState) map[string]any {
	out := map[string]any{}
	for _, e := range p.operands(ast.NavigateAST(p.ast), state, nil) {
		value, ok := state.Value(e.ID())
		if !ok || len(out) == maxEvidence {
			continue
		}
		name := p.text(e)
		if v, isSize := summarize(value); isSize {
			out[shorten("size("+name+")")] = v
		} else if v != nil || types.IsUnknownOrError(value) {
			out[shorten(name)] = v
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// operands collects the smallest sub-expressions with a meaning of their own: a
// chain of selections (pod.sandbox.pid), or the value of a macro or a function
// (pod.events.filter(...).size()).
func (p *Program) operands(e ast.NavigableExpr, state interpreter.EvalState, found []ast.NavigableExpr) []ast.NavigableExpr {
	switch e.Kind() {
	case ast.IdentKind:
		if strings.HasPrefix(e.AsIdent(), "@") {
			return found // CEL's own accumulator
		}
		return append(found, e)
	case ast.SelectKind:
		return append(found, e)
	case ast.ComprehensionKind:
		return p.comprehension(e, state, found)
	case ast.CallKind:
		if isOperand(e) {
			return append(found, e)
		}
	case ast.LiteralKind:
		return found
	}
	for _, child := range e.Children() {
		found = p.operands(child, state, found)
	}
	return found
}

// comprehension collects the operands of cel.bind, and of the element that
// decided an all or an exists.
func (p *Program) comprehension(e ast.NavigableExpr, state interpreter.EvalState, found []ast.NavigableExpr) []ast.NavigableExpr {
	c := e.AsComprehension()
	if c.IterRange().Kind() == ast.ListKind && c.IterRange().AsList().Size() == 0 { // cel.bind
		found = p.operands(child(e, c.AccuInit()), state, found)
		return p.operands(child(e, c.Result()), state, found)
	}
	found = append(found, e)
	value, _ := state.Value(e.ID())
	decided, isBool := value.(types.Bool)
	if c.Result().Kind() != ast.IdentKind || c.AccuInit().Kind() != ast.LiteralKind || !isBool || decided == c.AccuInit().AsLiteral() {
		return found
	}
	return p.operands(child(e, c.LoopStep()), state, found)
}

func child(e ast.NavigableExpr, of ast.Expr) ast.NavigableExpr {
	for _, c := range e.Children() {
		if c.ID() == of.ID() {
			return c
		}
	}
	return e
}

// isOperand reports whether the evidence has the value of a call, and not the
// values of its arguments.
func isOperand(e ast.NavigableExpr) bool {
	switch e.AsCall().FunctionName() {
	case operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.NotStrictlyFalse,
		operators.Equals, operators.NotEquals, operators.Less, operators.LessEquals, operators.Greater, operators.GreaterEquals,
		operators.In, operators.Add, operators.Subtract, operators.Multiply, operators.Divide, operators.Modulo, operators.Negate,
		"matches", "startsWith", "endsWith", "contains", "int", "double", "string":
		return false
	}
	return true
}

// text returns the source of a sub-expression, with macros as in the original.
func (p *Program) text(e ast.Expr) string {
	if nav, ok := e.(ast.NavigableExpr); ok {
		if plain, ok := p.expr(nav.ID()); ok {
			e = plain
		}
	}
	text, err := cel.ExprToString(e, p.ast.SourceInfo(), cel.FormatWrapOnColumn(maxSource))
	if err != nil {
		return p.source
	}
	return text
}

// expr finds a sub-expression by its ID.
func (p *Program) expr(id int64) (ast.Expr, bool) {
	var found ast.Expr
	ast.PreOrderVisit(p.ast.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.ID() == id {
			found = e
		}
	}))
	return found, found != nil
}
