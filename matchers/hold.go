package matchers

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/onsi/gomega"
	"github.com/onsi/gomega/types"

	"podlab/internal/expect"
	"podlab/internal/verdict"
	"podlab/internal/world"
)

// Hold succeeds if an expression, as in labs, is true of the actual value, a
// *world.World or a *world.Pod. The expression reads a *world.Pod as pod:
//
//	Eventually(pod).Should(Hold("pod.sandbox.attempt == 1 && pod.running"))
func Hold(expression string) types.GomegaMatcher {
	return &hold{source: expression}
}

type hold struct {
	source string
	result expect.Result
}

func (m *hold) Match(actual any) (bool, error) {
	state, err := stateOf(actual)
	if err != nil {
		return false, err
	}
	program, err := expect.Compile(m.source, expect.Statement, nil)
	if err != nil {
		return false, gomega.StopTrying(fmt.Sprintf("compile %q", m.source)).Wrap(err)
	}
	m.result = program.Eval(context.Background(), state)
	if m.result.Verdict == verdict.Unknown {
		return false, fmt.Errorf("cannot tell whether %s: %s", m.source, m.result.Reason)
	}
	return m.result.Verdict == verdict.Pass, nil
}

func stateOf(actual any) (expect.State, error) {
	switch actual := actual.(type) {
	case *world.World:
		return expect.State{World: actual}, nil
	case *world.Pod:
		return expect.State{World: &world.World{Pods: map[string]*world.Pod{actual.Name: actual}}, Pod: actual.Name}, nil
	default:
		return expect.State{}, fmt.Errorf("Hold needs a *world.World or a *world.Pod, not a %T", actual)
	}
}

func (m *hold) FailureMessage(any) string        { return m.message("to be true") }
func (m *hold) NegatedFailureMessage(any) string { return m.message("not to be true") }

func (m *hold) message(want string) string {
	lines := []string{fmt.Sprintf("Expected\n    %s\n%s, with", m.source, want)}
	for _, name := range slices.Sorted(maps.Keys(m.result.Evidence)) {
		lines = append(lines, fmt.Sprintf("    %s: %v", name, m.result.Evidence[name]))
	}
	if m.result.Reason.Code != "" {
		lines = append(lines, "    "+m.result.Reason.String())
	}
	return strings.Join(lines, "\n")
}
