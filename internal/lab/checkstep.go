package lab

import (
	"time"

	"podlab/internal/expect"
)

const (
	execWithin = Duration(30 * time.Second)
	longest    = Duration(15 * time.Minute)
)

// steps validates steps of a task that is about a pod and a node, if any.
func (c *scenarioCheck) steps(steps []Step, pod, node string, inSetup bool) {
	for i := range steps {
		st := &steps[i]
		c.oneVerb(st, count(st.Apply != "")+count(st.Delete != nil)+count(st.Exec != nil)+count(st.Signal != nil)+count(st.Wait != nil),
			"apply, delete, exec, signal, wait")
		switch {
		case st.Delete != nil:
			c.delete(st.Delete, pod)
		case st.Exec != nil:
			c.exec(st.Exec, pod)
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

func (c *scenarioCheck) exec(e *Exec, pod string) {
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
