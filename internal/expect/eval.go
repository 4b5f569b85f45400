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

// A Result is what an expression gave.
type Result struct {
	// Verdict is Pass or Fail for a statement; for others Pass when there is a
	// value. It is Unknown when what was observed does not decide it.
	Verdict verdict.Verdict
	// Reason says why, for a Fail by absence and for every Unknown.
	Reason verdict.Reason
	// Value is what the expression gave as bool, int64, float64, string, []any or
	// map[string]any; nil when it gave nothing.
	Value any
	// Evidence are the values that the verdict rests on, by the text of their
	// expressions: plain values, or lists and maps of these. Nil is a fact that is
	// missing or not there.
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
		return undecidable("it gave nothing")
	case p.want != Statement:
		return Result{Verdict: verdict.Pass, Value: export(value)}
	case value == types.True:
		return Result{Verdict: verdict.Pass, Value: true}
	case value == types.False:
		return Result{Verdict: verdict.Fail, Value: false}
	}
	return undecidable("it is " + value.Type().TypeName() + ", neither true nor false")
}

func undecidable(detail string) Result {
	return Result{Verdict: verdict.Unknown, Reason: verdict.Reason{Code: verdict.Undecidable, Detail: detail}}
}

// failed makes a result of an error of evaluation. Only what is known not to be
// there fails a statement; no other error says anything about the cluster.
func (p *Program) failed(err error, state interpreter.EvalState) Result {
	var cancelled interpreter.EvalCancelledError
	if errors.As(err, &cancelled) && cancelled.Cause == interpreter.CostLimitExceeded {
		return Result{Verdict: verdict.Unknown, Reason: verdict.Reason{Code: verdict.TooCostly}}
	}
	if errors.As(err, &cancelled) || errors.Is(err, interpreter.InterruptError{}) {
		return Result{Verdict: verdict.Unknown, Reason: verdict.Reason{Code: verdict.Interrupted, Detail: err.Error()}}
	}
	what, isAbsent := p.absence(err, state)
	if !isAbsent {
		return undecidable(err.Error())
	}
	r := Result{Verdict: verdict.Fail, Reason: verdict.Reason{Code: verdict.Absent, Subject: what}}
	if p.want != Statement {
		r.Verdict = verdict.Unknown
	}
	return r
}

// absence returns what an error of evaluation says not to be there. CEL's own
// errors of this kind, a key that a map lacks and an index that a list does not
// reach, are told by their texts: their type is not exported.
func (p *Program) absence(err error, state interpreter.EvalState) (string, bool) {
	if named, ok := errors.AsType[*absence](err); ok {
		return named.what, true
	}
	var at *types.Err
	text := err.Error()
	if !errors.As(err, &at) || !strings.HasPrefix(text, "no such key: ") && !strings.HasPrefix(text, "index out of bounds: ") {
		return "", false
	}
	if e, ok := p.expr(at.NodeID()); ok {
		return p.text(innermost(e, state)), true
	}
	_, what, _ := strings.Cut(text, ": ")
	return what, true
}

// innermost returns the first part of a chain of selections that failed: of
// pod.containers["x"].pid it is pod.containers["x"] when there is no x.
func innermost(e ast.Expr, state interpreter.EvalState) ast.Expr {
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
