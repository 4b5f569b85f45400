package expect

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/ext"
)

// costLimit limits the cost of one evaluation, in CEL's units, to about 0.2 s.
// Comparing each of a node's 110 pods with every other pod costs 68,000 (16 ms).
const costLimit = 2_000_000

// A Want is what an expression is for. It determines the expression's type.
type Want int

// The purposes of expressions.
const (
	Statement Want = iota // true or false
	PID                   // a number
	Answer                // a number, a text, true or false, or a list of them
	Evidence              // anything
	Word                  // a number, a text, or true or false
)

// A Program is a compiled expression. It is safe for concurrent use.
type Program struct {
	source  string
	want    Want
	ast     *ast.AST
	program cel.Program
	reads   []string
}

// Reads returns the variables that the expression reads, sorted: pod, pods, node,
// nodes, start.pod and so on, and got.NAME.
func (p *Program) Reads() []string { return slices.Clone(p.reads) }

// An Error is a mistake in an expression.
type Error struct {
	// Line and Column count from 1; Column counts characters.
	Line, Column int
	Message      string
}

// Errors are all mistakes in an expression.
type Errors []Error

// Error returns one line per error, each beginning with line:column.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = fmt.Sprintf("%d:%d: %s", one.Line, one.Column, one.Message)
	}
	return strings.Join(lines, "\n")
}

// Compile checks an expression and prepares it for evaluation. got has the
// observations that the expression can read, by name. The error is of type
// Errors.
func Compile(source string, want Want, got map[string]Type) (*Program, error) {
	env, err := environment(got)
	if err != nil {
		return nil, Errors{{1, 1, err.Error()}}
	}
	checked, issues := env.Compile(source)
	if err := issues.Err(); err != nil {
		return nil, positions(issues.Errors())
	}
	p := &Program{source: source, want: want, ast: checked.NativeRep()}
	if errs := p.reject(); len(errs) > 0 {
		return nil, errs
	}
	p.program, err = env.Program(checked,
		cel.EvalOptions(cel.OptTrackState), cel.CostLimit(costLimit), cel.InterruptCheckFrequency(100))
	if err != nil {
		return nil, Errors{{1, 1, err.Error()}}
	}
	p.reads = p.variables()
	return p, nil
}

// base is CEL with everything except got, which differs from task to task.
var base = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.CrossTypeNumericComparisons(true),
		cel.EnableMacroCallTracking(),
		cel.ExtendedValidations(),
		ext.Strings(ext.StringsVersion(4)),
		ext.Lists(ext.ListsVersion(3)),
		ext.Sets(),
		ext.Math(ext.MathVersion(2)),
		ext.Bindings(ext.BindingsVersion(0)),
		ext.TwoVarComprehensions(),
		ext.Network(),
		parseJSON,
		differ(),
		cel.CustomTypeProvider(provider{Provider: types.NewEmptyRegistry()}),
		cel.Variable("pod", podType),
		cel.Variable("pods", podsType),
		cel.Variable("node", nodeType),
		cel.Variable("nodes", nodesType),
		cel.Variable("start", startType),
	)
})

func environment(got map[string]Type) (*cel.Env, error) {
	env, err := base()
	if err != nil || len(got) == 0 {
		return env, err
	}
	return env.Extend(
		cel.CustomTypeProvider(provider{Provider: env.CELTypeProvider(), got: got}),
		cel.Variable("got", gotType),
	)
}

func positions(in []*cel.Error) Errors {
	out := make(Errors, len(in))
	for i, e := range in {
		out[i] = Error{max(e.Location.Line(), 1), max(e.Location.Column()+1, 1), e.Message}
	}
	return out
}

func (p *Program) errorAt(id int64, format string, args ...any) Error {
	at := p.ast.SourceInfo().GetStartLocation(id)
	if at == common.NoLocation {
		return Error{1, 1, fmt.Sprintf(format, args...)}
	}
	return Error{at.Line(), at.Column() + 1, fmt.Sprintf(format, args...)}
}
