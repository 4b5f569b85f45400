package lab

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"podlab/internal/expect"
)

const (
	execWithin = Duration(30 * time.Second)
	longest    = Duration(15 * time.Minute)
)

// KubeNamespace is the name of the value that each exec and install step has:
// the kube namespace that the scenario is played in.
const KubeNamespace = "KUBENAMESPACE"

// Programs are those that an install step can put into a node.
var Programs = []string{"noreap", "orphan", "pause", "tiny", "waitstat"}

var variable = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// steps validates steps of a task that is about a pod and a node, if any.
func (c *scenarioCheck) steps(steps []Step, pod, node string, inSetup bool) {
	for i := range steps {
		st := &steps[i]
		c.oneVerb(st, count(st.Apply != "")+count(st.Delete != nil)+count(st.Exec != nil)+count(st.Signal != nil)+count(st.Wait != nil)+
			count(st.Install != nil)+count(st.Debug != nil), "apply, delete, exec, signal, wait, install, debug")
		switch {
		case st.Delete != nil:
			c.delete(st.Delete, pod)
		case st.Exec != nil:
			c.exec(st.Exec, pod, inSetup, nil)
		case st.Install != nil:
			c.install(st.Install)
		case st.Debug != nil:
			c.debug(st.Debug, pod)
		case st.Signal != nil:
			c.signal(st.Signal, pod, node, inSetup)
		case st.Wait != nil:
			c.wait(st.Wait, pod, node, inSetup)
		}
	}
}

func (c *scenarioCheck) delete(d *Delete, pod string) {
	switch {
	case d.Kind == "" && d.Name == "":
		c.pod(&d.Pod, pod)
		c.onePod(&d.Pod, "delete")
	case d.Pod != "":
		c.wrong(&d.Pod, "delete has a pod, or a kind and a name, not both")
	case d.Kind == "" || d.Name == "":
		c.wrong(d, "delete needs both a kind and a name")
	default:
		if !subdomain.MatchString(d.Name) {
			c.wrong(&d.Name, "%q is no name for Kubernetes", d.Name)
		}
	}
}

// exec validates a command, whose values may read got, what was observed before.
func (c *scenarioCheck) exec(e *Exec, pod string, inSetup bool, got map[string]expect.Observed) {
	switch {
	case e.Node == "":
		c.pod(&e.Pod, pod)
		c.onePod(&e.Pod, "exec")
		c.container(&e.Container, e.Pod)
	case e.Pod != "" || e.Container != "":
		c.wrong(e, "exec runs in a container or in a node, not in both")
	default:
		c.name(&e.Node, 63)
	}
	if len(e.Argv) == 0 || e.Argv[0] == "" {
		c.wrong(&e.Argv, "argv must name a command")
	}
	if e.Within == 0 {
		e.Within = execWithin
	}
	c.within(&e.Within)
	e.About = cmp.Or(e.Pod, pod)
	c.at[&e.About] = c.at[e]
	for _, name := range sorted(e.With) {
		c.expr(e.With[name], expect.Word, scope{pod: &e.About, node: &e.Node, got: got, inSetup: inSetup})
		uses := func(s string) bool { return strings.Contains(s, "$("+name+")") }
		switch {
		case !variable.MatchString(name):
			c.wrong(&e.With, "%q must be a name in capital letters, digits and _", name)
		case name == KubeNamespace:
			c.wrong(&e.With, "$(%s) is always there: it can't be given", name)
		case !slices.ContainsFunc(e.Argv, uses) && !uses(e.Stdin):
			c.wrong(&e.With, "neither argv nor stdin has $(%s)", name)
		}
	}
}

func (c *scenarioCheck) install(in *Install) {
	c.name(&in.Node, 63)
	if !slices.Contains(Programs, in.Program) {
		c.wrong(&in.Program, "unknown program %q; there are %v", in.Program, Programs)
	}
	const below = "/podlab/$(" + KubeNamespace + ")/"
	if !strings.HasPrefix(in.Path, below) || path.Clean(in.Path) != in.Path {
		c.wrong(&in.Path, "the path must be below %s", below)
	}
}

func (c *scenarioCheck) debug(d *Debug, pod string) {
	c.pod(&d.Pod, pod)
	c.onePod(&d.Pod, "debug")
	c.name(&d.Container, 63)
	if d.Target != "" {
		c.container(&d.Target, d.Pod)
	}
}

func (c *scenarioCheck) signal(s *Signal, pod, node string, inSetup bool) {
	c.pod(&s.Pod, pod)
	c.name(&s.Node, 63)
	if s.Node == "" {
		s.Node = node
	}
	if s.Node == "" {
		c.onePod(&s.Pod, "signal")
	}
	c.expr(&s.Process, expect.PID, scope{pod: &s.Pod, node: &s.Node, inSetup: inSetup})
	if s.Signal.Number() == 0 && s.Signal != "" {
		c.wrong(&s.Signal, "unknown signal %q; there are %v", s.Signal, SignalNames())
	}
}

func (c *scenarioCheck) wait(w *Wait, pod, node string, inSetup bool) {
	c.pod(&w.Pod, pod)
	c.name(&w.Node, 63)
	if w.Node == "" {
		w.Node = node
	}
	c.expr(&w.Until, expect.Statement, scope{pod: &w.Pod, node: &w.Node, inSetup: inSetup})
	c.within(&w.Within)
}

func (c *scenarioCheck) within(d *Duration) {
	if *d <= 0 || *d > longest {
		c.wrong(d, "must be more than 0s and at most %s", longest.D())
	}
}
