package lab

import (
	"fmt"
	"slices"

	"podlab/internal/expect"
)

func (c *scenarioCheck) task(t *Task) {
	c.podReported = false
	c.kubeName(&t.Name, 63)
	c.kubeName(&t.Node, 63)
	c.needs(t.Needs)
	c.pod(&t.Pod, "")
	got := c.observations(t)
	c.taskFields(t)
	c.steps(t.Solve, t.Pod, t.Node, false)
	c.checks(t, got)
	c.mutants(t)
	in := scope{pod: &t.Pod, node: &t.Node, got: got}
	c.expr(t.Answer, expect.Answer, in)
	for i := range t.Accept {
		c.expr(&t.Accept[i], expect.Answer, in)
	}
	for i := range t.Wrong {
		c.expr(&t.Wrong[i].Answer, expect.Answer, in)
	}
	for i := range t.Hints {
		c.expr(t.Hints[i].When, expect.Statement, in)
	}
	c.unusedObservations(t)
}

// taskFields checks that the task has the fields of a task to do or those of a
// question.
func (c *scenarioCheck) taskFields(t *Task) {
	switch {
	case t.Prompt != nil && t.Question != nil:
		c.problem(&t.Question, "a task has either a prompt or a question")
	case t.Prompt == nil && t.Question == nil:
		c.problem(t, "a task needs a prompt or a question")
	case t.Prompt != nil:
		c.require(len(t.Solve) > 0, &t.Solve, "solve")
		c.require(len(t.Checks) > 0, &t.Checks, "checks")
		c.require(len(t.Mutants) > 0, &t.Mutants, "mutants")
		c.exclude(t.Answer != nil, &t.Answer, "answer", "a prompt")
		c.exclude(t.Accept != nil, &t.Accept, "accept", "a prompt")
		c.exclude(t.Wrong != nil, &t.Wrong, "wrong", "a prompt")
	default:
		c.require(t.Answer != nil, &t.Answer, "answer")
		c.require(len(t.Wrong) > 0, &t.Wrong, "wrong")
		c.exclude(t.Solve != nil, &t.Solve, "solve", "a question")
		c.exclude(t.Checks != nil, &t.Checks, "checks", "a question")
		c.exclude(t.Mutants != nil, &t.Mutants, "mutants", "a question")
	}
	c.require(len(t.Hints) > 0, &t.Hints, "hints")
}

func (c *scenarioCheck) require(given bool, field any, name string) {
	if !given {
		c.problem(field, "the task needs %s", name)
	}
}

func (c *scenarioCheck) exclude(given bool, field any, name, by string) {
	if given {
		c.problem(field, "a task with %s cannot have %s", by, name)
	}
}

// observations validates a task's observations and returns the types of their
// results.
func (c *scenarioCheck) observations(t *Task) map[string]expect.Type {
	got := map[string]expect.Type{}
	var names []string
	for i := range t.Observe {
		o := &t.Observe[i]
		c.unique(&o.Name, &names, "observation")
		if o.Name != "" && !identifier.MatchString(o.Name) {
			c.problem(&o.Name, "%q must be an identifier: a lower-case letter, then letters and digits", o.Name)
			continue
		}
		got[o.Name] = c.observation(o, t.Pod, got)
	}
	return got
}

// observation validates an observation, which comes after earlier, and returns
// the type of its result.
func (c *scenarioCheck) observation(o *Observation, pod string, earlier map[string]expect.Type) expect.Type {
	verb := c.oneVerb(o)
	if verb == nil {
		return expect.Document
	}
	kind, ok := verb.(observationKind)
	if !ok {
		panic(fmt.Sprintf("lab: %T is not an observationKind", verb))
	}
	kind.check(c, pod, earlier)
	return kind.result()
}

func (c *scenarioCheck) checks(t *Task, got map[string]expect.Type) {
	var names []string
	for i := range t.Checks {
		check := &t.Checks[i]
		c.title(&check.Name)
		c.unique(&check.Name, &names, "check")
		c.pod(&check.Pod, t.Pod)
		c.node(&check.Node, t.Node)
		in := scope{pod: &check.Pod, node: &check.Node, got: got}
		c.expr(&check.Expect, expect.Statement, in)
		for _, name := range sortedKeys(check.Show) {
			c.expr(check.Show[name], expect.Evidence, in)
		}
	}
}

func (c *scenarioCheck) mutants(t *Task) {
	var names []string
	for i := range t.Mutants {
		m := &t.Mutants[i]
		c.title(&m.Name)
		c.unique(&m.Name, &names, "mutant")
		c.steps(m.Steps, t.Pod, t.Node, false)
		if len(m.Fails) == 0 {
			c.problem(&m.Fails, "mutant %s must fail at least one check", m.Name)
		}
		var fails []string
		for j := range m.Fails {
			if !slices.ContainsFunc(t.Checks, func(check Check) bool { return check.Name == m.Fails[j] }) {
				c.problem(&m.Fails[j], "the task has no check %q", m.Fails[j])
			}
			c.unique(&m.Fails[j], &fails, "check")
		}
	}
}

// unusedObservations reports observations that no expression reads.
func (c *scenarioCheck) unusedObservations(t *Task) {
	exprs := t.gotReaders()
	for i := range t.Observe {
		o := &t.Observe[i]
		reads := func(e *Expr) bool { return e.Program == nil || e.reads("got", "got."+o.Name) }
		if o.Name != "" && !slices.ContainsFunc(exprs, reads) {
			c.problem(&o.Name, "no expression reads got.%s", o.Name)
		}
	}
}

// gotReaders returns the expressions that can read the task's observations.
func (t *Task) gotReaders() []*Expr {
	var exprs []*Expr
	for i := range t.Checks {
		exprs = append(exprs, &t.Checks[i].Expect)
		for _, e := range t.Checks[i].Show {
			exprs = append(exprs, e)
		}
	}
	for i := range t.Accept {
		exprs = append(exprs, &t.Accept[i])
	}
	for i := range t.Wrong {
		exprs = append(exprs, &t.Wrong[i].Answer)
	}
	for i := range t.Hints {
		if t.Hints[i].When != nil {
			exprs = append(exprs, t.Hints[i].When)
		}
	}
	if t.Answer != nil {
		exprs = append(exprs, t.Answer)
	}
	for i := range t.Observe {
		if e := t.Observe[i].Exec; e != nil {
			for _, value := range e.With {
				exprs = append(exprs, value)
			}
		}
	}
	return exprs
}
