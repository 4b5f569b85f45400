package lab

import (
	"slices"
	"strings"

	"podlab/internal/expect"
)

func (c *scenarioCheck) task(t *Task) {
	c.podless = false
	c.name(&t.Name, 63)
	c.name(&t.Node, 63)
	c.needs(t.Needs)
	c.pod(&t.Pod, "")
	got := c.observations(t)
	in := scope{pod: &t.Pod, node: &t.Node, got: got}
	switch {
	case t.Prompt != nil && t.Question != nil:
		c.wrong(&t.Question, "a task has a prompt or a question, not both")
	case t.Prompt == nil && t.Question == nil:
		c.wrong(t, "a task has a prompt or a question; this one has neither")
	case t.Prompt != nil:
		c.needsSome(len(t.Solve), &t.Solve, "solve")
		c.needsSome(len(t.Checks), &t.Checks, "checks")
		c.needsSome(len(t.Mutants), &t.Mutants, "mutants")
		c.excludes(t.Answer != nil, &t.Answer, "answer", "a prompt")
		c.excludes(t.Wrong != nil, &t.Wrong, "wrong", "a prompt")
	default:
		c.needsSome(count(t.Answer != nil), &t.Answer, "answer")
		c.needsSome(len(t.Wrong), &t.Wrong, "wrong")
		c.excludes(t.Solve != nil, &t.Solve, "solve", "a question")
		c.excludes(t.Checks != nil, &t.Checks, "checks", "a question")
		c.excludes(t.Mutants != nil, &t.Mutants, "mutants", "a question")
	}
	c.needsSome(len(t.Hints), &t.Hints, "hints")
	c.steps(t.Solve, t.Pod, t.Node, false)
	checks := c.checks(t, got)
	c.mutants(t, checks)
	c.expr(t.Answer, expect.Answer, in)
	for i := range t.Wrong {
		c.expr(&t.Wrong[i].Answer, expect.Answer, in)
	}
	for i := range t.Hints {
		c.expr(t.Hints[i].When, expect.Statement, in)
	}
	c.unused(t)
}

func count(is bool) int {
	if is {
		return 1
	}
	return 0
}

func (c *scenarioCheck) needsSome(n int, field any, name string) {
	if n == 0 {
		c.wrong(field, "the task has no %s", name)
	}
}

func (c *scenarioCheck) excludes(given bool, field any, name, by string) {
	if given {
		c.wrong(field, "%s does not go with %s", name, by)
	}
}

// observations validates a task's observations and returns what they give.
func (c *scenarioCheck) observations(t *Task) map[string]expect.Observed {
	got := map[string]expect.Observed{}
	var names []string
	for i := range t.Observe {
		o := &t.Observe[i]
		c.unique(&o.Name, &names, "observations")
		if o.Name != "" && !identifier.MatchString(o.Name) {
			c.wrong(&o.Name, "%q must be an identifier: a small letter, then letters and digits", o.Name)
			continue
		}
		got[o.Name] = c.observation(o, t.Pod, got)
	}
	return got
}

// observation validates one, which comes after those that gave got, and returns
// what it gives.
func (c *scenarioCheck) observation(o *Observation, pod string, got map[string]expect.Observed) expect.Observed {
	c.oneVerb(o, count(o.Exec != nil)+count(o.Logs != nil)+count(o.Fetch != nil)+count(o.Get != nil)+count(o.List != nil)+
		count(o.Inspect != nil)+count(o.Kubeconfig != nil), "exec, logs, fetch, get, list, inspect, kubeconfig")
	switch {
	case o.Exec != nil:
		c.exec(o.Exec, pod, false, got)
		c.excludes(o.Exec.MayFail, &o.Exec.MayFail, "mayFail", "an observation, whose exit code is got."+o.Name+".exit")
	case o.Logs != nil:
		c.pod(&o.Logs.Pod, pod)
		c.onePod(&o.Logs.Pod, "logs")
		c.container(&o.Logs.Container, o.Logs.Pod)
	case o.Fetch != nil:
		c.fetch(o.Fetch)
		return expect.FetchResult
	case o.Get != nil:
		c.get(o.Get)
		return expect.Document
	case o.List != nil:
		return expect.Document
	case o.Inspect != nil:
		c.name(&o.Inspect.Node, 63)
		return expect.Document
	case o.Kubeconfig != nil:
		return expect.Document
	}
	return expect.ExecResult
}

func (c *scenarioCheck) get(g *Get) {
	c.name(&g.Node, 63)
	if (g.Name == "") == (g.Node == "") {
		c.wrong(g, "get has either a name or a node")
	}
}

func (c *scenarioCheck) oneVerb(at any, n int, verbs string) {
	if n != 1 {
		c.wrong(at, "must have exactly one of %s, and has %d", verbs, n)
	}
}

func (c *scenarioCheck) fetch(f *Fetch) {
	if f.Port < 1 || f.Port > 65535 {
		c.wrong(&f.Port, "%d is no port", f.Port)
	}
	if f.Path == "" {
		f.Path = "/"
	}
	if !strings.HasPrefix(f.Path, "/") {
		c.wrong(&f.Path, "the path %q must begin with a slash", f.Path)
	}
}

// checks validates a task's checks and returns their names.
func (c *scenarioCheck) checks(t *Task, got map[string]expect.Observed) []string {
	var names []string
	for i := range t.Checks {
		check := &t.Checks[i]
		c.statement(&check.Name)
		c.unique(&check.Name, &names, "checks")
		c.pod(&check.Pod, t.Pod)
		c.name(&check.Node, 63)
		if check.Node == "" {
			check.Node = t.Node
		}
		in := scope{pod: &check.Pod, node: &check.Node, got: got}
		c.expr(&check.Expect, expect.Statement, in)
		for _, name := range sorted(check.Show) {
			c.expr(check.Show[name], expect.Evidence, in)
		}
	}
	return names
}

func (c *scenarioCheck) mutants(t *Task, checks []string) {
	var names []string
	for i := range t.Mutants {
		m := &t.Mutants[i]
		c.statement(&m.Name)
		c.unique(&m.Name, &names, "mutants")
		c.steps(m.Steps, t.Pod, t.Node, false)
		c.needsSome(len(m.Fails), &m.Fails, "check that mutant "+m.Name+" fails")
		var fails []string
		for j := range m.Fails {
			if !slices.Contains(checks, m.Fails[j]) {
				c.wrong(&m.Fails[j], "the task has no check %q", m.Fails[j])
			}
			c.unique(&m.Fails[j], &fails, "checks to fail")
		}
	}
}

// unused complains about observations that no expression reads.
func (c *scenarioCheck) unused(t *Task) {
	var exprs []*Expr
	for i := range t.Checks {
		exprs = append(exprs, &t.Checks[i].Expect)
		for _, e := range t.Checks[i].Show {
			exprs = append(exprs, e)
		}
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
	for i := range t.Observe {
		o := &t.Observe[i]
		reads := func(e *Expr) bool { return e.Program == nil || e.reads("got", "got."+o.Name) }
		if o.Name != "" && !slices.ContainsFunc(exprs, reads) {
			c.wrong(&o.Name, "nothing reads got.%s", o.Name)
		}
	}
}
