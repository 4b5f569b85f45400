package expect

import (
	"context"
	"errors"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/interpreter"

	"podlab/internal/verdict"
)

// A Result is the result of an expression.
type Result struct {
	// Verdict is Pass or Fail for a statement, and Pass for any other expression
	// that has a value. It is Unknown if the observed facts do not decide it.
	Verdict verdict.Verdict
	// Reason explains every Unknown, and a Fail because something does not exist.
	Reason verdict.Reason
	// Value is the value of the expression as bool, int64, float64, string, []any
	// or map[string]any; nil if it has none.
	Value any
	// Evidence has the values behind the verdict, by the text of their expressions:
	// plain values, and lists and maps of them. A nil value is missing or absent.
	Evidence map[string]any
}

// Eval evaluates the expression in a state.
func (p *Program) Eval(ctx context.Context, s State) Result {
	value, details, err := p.program.ContextEval(ctx, s.variables())
	state := interpreter.NewEvalState()
	if details != nil && details.State() != nil {
		state = details.State()
	}
	r := p.result(value, err, state)
	if unknown, ok := value.(*types.Unknown); ok {
		r = Result{Verdict: verdict.Unknown, Reason: s.reason(unknown)}
	}
	r.Evidence = p.evidence(state)
	return r
}

func (p *Program) result(value ref.Val, err error, state interpreter.EvalState) Result {
	switch {
	case err != nil:
		return p.failed(err, state)
	case value == nil:
		return undecidable("no result")
	case p.want != Statement:
		return Result{Verdict: verdict.Pass, Value: export(value)}
	case value == types.True:
		return Result{Verdict: verdict.Pass, Value: true}
	case value == types.False:
		return Result{Verdict: verdict.Fail, Value: false}
	}
	return undecidable("the result is " + value.Type().TypeName() + ", not true or false")
}

func undecidable(detail string) Result {
	return Result{Verdict: verdict.Unknown, Reason: verdict.Reason{Code: verdict.Undecidable, Detail: detail}}
}

// failed returns the result of an evaluation that ended with an error. A
// statement about something that does not exist fails. Every other error says
// nothing about the cluster.
func (p *Program) failed(err error, state interpreter.EvalState) Result {
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded {
		return Result{Verdict: verdict.Unknown, Reason: verdict.Reason{Code: verdict.TooCostly}}
	}
	if errors.As(err, &cancelled) || errors.Is(err, interpreter.InterruptError{}) {
		return Result{Verdict: verdict.Unknown, Reason: verdict.Reason{Code: verdict.Interrupted, Detail: err.Error()}}
	}
	what, isAbsent := p.absentPart(err, state)
	if !isAbsent {
		return undecidable(err.Error())
	}
	r := Result{Verdict: verdict.Fail, Reason: verdict.Reason{Code: verdict.Absent, Subject: what}}
	if p.want != Statement {
		r.Verdict = verdict.Unknown
	}
	return r
}

// absentPart returns the part of the expression that does not exist, from an
// evaluation error. CEL
// does not export the types of its errors for a key that a map lacks and an index
// outside a list, so absentPart reads their texts.
func (p *Program) absentPart(err error, state interpreter.EvalState) (string, bool) {
	if named, ok := errors.AsType[*absentError](err); ok {
		return named.what, true
	}
	var at *types.Err
	text := err.Error()
	if !errors.As(err, &at) || !strings.HasPrefix(text, "no such key: ") && !strings.HasPrefix(text, "index out of bounds: ") {
		return "", false
	}
	if e, ok := p.expr(at.NodeID()); ok {
		return p.text(firstFailed(e, state)), true
	}
	_, what, _ := strings.Cut(text, ": ")
	return what, true
}

// firstFailed returns the first part of a chain of selections that failed:
// pod.containers["x"] of pod.containers["x"].pid if there is no container x.
func firstFailed(e ast.Expr, state interpreter.EvalState) ast.Expr {
	found := e
	for {
		switch {
		case e.Kind() == ast.SelectKind:
			e = e.AsSelect().Operand()
		case e.Kind() == ast.CallKind && e.AsCall().FunctionName() == operators.Index:
			e = e.AsCall().Args()[0]
		default:
			return found
		}
		if value, _ := state.Value(e.ID()); types.IsError(value) {
			found = e
		}
	}
}
