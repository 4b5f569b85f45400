package lab

import (
	"cmp"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"podlab/internal/expect"
)

const (
	defaultExecTimeout = Duration(30 * time.Second)
	maxTimeout         = Duration(15 * time.Minute)
)

// KubeNamespace is the name of a predefined value of exec and install steps: the
// kube namespace in which the scenario runs.
const KubeNamespace = "KUBENAMESPACE"

// programs are the programs that an install step can copy.
var programs = []string{"noreap", "orphan", "pause", "tiny", "waitstat"}

var valueName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// oneVerb returns the verb of a step or an observation. If there is not exactly
// one verb, it reports that and returns nil.
func (c *scenarioCheck) oneVerb(of any) any {
	var names []string
	var given []any
	v := reflect.ValueOf(of).Elem()
	for i := range v.NumField() {
		name, _ := yamlName(v.Type().Field(i))
		if name == "name" { // of an observation
			continue
		}
		names = append(names, name)
		if !v.Field(i).IsZero() {
			given = append(given, v.Field(i).Interface())
		}
	}
	if len(given) != 1 {
		c.problem(of, "must have exactly one of %s, not %d", choices(names), len(given))
		return nil
	}
	return given[0]
}

// steps validates steps. pod and node are those of the task, "" for none.
func (c *scenarioCheck) steps(steps []Step, pod, node string, inSetup bool) {
	for i := range steps {
		switch verb := c.oneVerb(&steps[i]).(type) {
		case *Delete:
			c.delete(verb, pod)
		case *Exec:
			c.exec(verb, pod, inSetup, nil)
		case *Install:
			c.install(verb)
		case *Debug:
			c.debug(verb, pod)
		case *Signal:
			c.signal(verb, pod, node, inSetup)
		case *Wait:
			c.wait(verb, pod, node, inSetup)
		}
	}
}

func (c *scenarioCheck) delete(d *Delete, pod string) {
	switch {
	case d.Kind == "" && d.Name == "":
		c.pod(&d.Pod, pod)
		c.needPod(&d.Pod, "delete")
	case d.Pod != "":
		c.problem(&d.Pod, "delete takes either a pod, or a kind and a name")
	case d.Kind == "" || d.Name == "":
		c.problem(d, "delete needs both a kind and a name")
	default:
		if !subdomain.MatchString(d.Name) {
			c.problem(&d.Name, "%q is not a valid Kubernetes name", d.Name)
		}
	}
}

// exec validates a command. Its values can read got, the observations before it.
func (c *scenarioCheck) exec(e *Exec, pod string, inSetup bool, got map[string]expect.Type) {
	switch {
	case e.Node == "":
		c.pod(&e.Pod, pod)
		c.needPod(&e.Pod, "exec")
		c.container(&e.Container, e.Pod)
	case e.Pod != "" || e.Container != "":
		c.problem(e, "exec takes either a node, or a pod and a container")
	default:
		c.kubeName(&e.Node, 63)
	}
	if len(e.Argv) == 0 || e.Argv[0] == "" {
		c.problem(&e.Argv, "argv must name a command")
	}
	if e.Within == 0 {
		e.Within = defaultExecTimeout
	}
	c.timeout(&e.Within)
	e.About = cmp.Or(e.Pod, pod)
	c.at[&e.About] = c.at[e]
	for _, name := range sortedKeys(e.With) {
		c.expr(e.With[name], expect.Word, scope{pod: &e.About, node: &e.Node, got: got, inSetup: inSetup})
		uses := func(s string) bool { return strings.Contains(s, "$("+name+")") }
		switch {
		case !valueName.MatchString(name):
			c.problem(&e.With, "%q must be a name in capital letters, digits and _", name)
		case name == KubeNamespace:
			c.problem(&e.With, "$(%s) is predefined: choose another name", name)
		case !slices.ContainsFunc(e.Argv, uses) && !uses(e.Stdin):
			c.problem(&e.With, "neither argv nor stdin uses $(%s)", name)
		}
	}
}

func (c *scenarioCheck) install(in *Install) {
	c.kubeName(&in.Node, 63)
	if !slices.Contains(programs, in.Program) {
		c.problem(&in.Program, "unknown program %q: choose one of %s", in.Program, choices(programs))
	}
	const dir = "/podlab/$(" + KubeNamespace + ")/"
	if !strings.HasPrefix(in.Path, dir) || path.Clean(in.Path) != in.Path {
		c.problem(&in.Path, "the path must be below %s", dir)
	}
}

func (c *scenarioCheck) debug(d *Debug, pod string) {
	c.pod(&d.Pod, pod)
	c.needPod(&d.Pod, "debug")
	c.kubeName(&d.Container, 63)
	if d.Target != "" {
		c.container(&d.Target, d.Pod)
	}
}

func (c *scenarioCheck) signal(s *Signal, pod, node string, inSetup bool) {
	c.pod(&s.Pod, pod)
	c.node(&s.Node, node)
	if s.Node == "" {
		c.needPod(&s.Pod, "signal")
	}
	c.expr(&s.Process, expect.PID, scope{pod: &s.Pod, node: &s.Node, inSetup: inSetup})
	if s.Signal.Number() == 0 && s.Signal != "" {
		c.problem(&s.Signal, "unknown signal %q: choose one of %s", s.Signal, choices(signalNames()))
	}
}

func (c *scenarioCheck) wait(w *Wait, pod, node string, inSetup bool) {
	c.pod(&w.Pod, pod)
	c.node(&w.Node, node)
	c.expr(&w.Until, expect.Statement, scope{pod: &w.Pod, node: &w.Node, inSetup: inSetup})
	c.timeout(&w.Within)
}

// node checks the node of a step or a check, and fills in the node of the task.
func (c *scenarioCheck) node(node *string, outer string) {
	c.kubeName(node, 63)
	*node = cmp.Or(*node, outer)
}

func (c *scenarioCheck) timeout(d *Duration) {
	if *d <= 0 || *d > maxTimeout {
		c.problem(d, "must be more than 0s and at most %s", maxTimeout.D())
	}
}
