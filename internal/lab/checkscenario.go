package lab

import (
	"path"
	"slices"
	"strings"

	"podlab/internal/expect"
)

var needs = []Need{NeedRegistry, NeedCgroupV1, NeedCgroupV2, NeedAMD64, NeedARM64, NeedVXLAN}

// A scenarioCheck validates one scenario, and fills in what it leaves out.
type scenarioCheck struct {
	*loaded[Scenario]
	loader *loader
	// pods are the containers of the pods that its manifests make, by name.
	pods map[string][]string
	// mine are the pods among which the scenario's only one is looked for.
	mine []string
	// workloads says that its manifests make pods whose names are not written
	// down, or can't be read.
	workloads, unread bool
	// podless says that the setup or the task at hand is already said to lack a
	// pod: saying it there once puts all of it right.
	podless bool
}

// checkScenario validates what the fields of a scenario say together, and
// compiles its expressions.
func (l *loader) checkScenario(f *loaded[Scenario]) {
	if f == nil {
		return
	}
	c := &scenarioCheck{loaded: f, loader: l, pods: map[string][]string{}}
	s, dir := f.value, path.Dir(f.path)
	c.name(&s.Name, maxScenario)
	if s.Name != "" && s.Name != path.Base(dir) {
		c.wrong(&s.Name, "the scenario in folder %s must be called %s", dir, path.Base(dir))
	}
	c.needs(s.Needs)
	c.manifests()
	c.debuggers()
	c.steps(s.Setup, "", "", true)
	c.steps(s.Cleanup, "", "", true)
	var names []string
	for i := range s.Tasks {
		c.unique(&s.Tasks[i].Name, &names, "tasks")
		c.task(&s.Tasks[i])
	}
	if len(s.Tasks) == 0 {
		c.wrong(&s.Tasks, "there must be a task")
	}
}

func (c *scenarioCheck) needs(given []Need) {
	var names []string
	for i := range given {
		if !slices.Contains(needs, given[i]) {
			c.wrong(&given[i], "unknown need %q; there are %v", given[i], needs)
		}
		name := string(given[i])
		if slices.Contains(names, name) {
			c.wrong(&given[i], "%s is needed twice", name)
		}
		names = append(names, name)
	}
}

// manifests looks up what the scenario applies, and which pods that makes.
func (c *scenarioCheck) manifests() {
	var inSetup, anywhere []string
	c.value.eachStep(func(t *Task, st *Step) {
		if st.Apply == "" {
			return
		}
		m, ok := c.loader.manifests[st.Apply]
		dir := path.Dir(st.Apply)
		if !ok || dir != "manifests" && dir != path.Dir(c.path) {
			c.unread = true
			c.wrong(&st.Apply, "there is no manifest %q in manifests or %s", st.Apply, path.Dir(c.path))
			return
		}
		c.loader.used[st.Apply] = true
		c.unread = c.unread || c.loader.broken[st.Apply]
		for _, o := range m.Objects {
			switch {
			case o.Kind == "Pod":
				c.pods[o.Name] = o.Containers
				anywhere = append(anywhere, o.Name)
				if t == nil {
					inSetup = append(inSetup, o.Name)
				}
			case slices.Contains([]string{"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController"}, o.Kind):
				c.workloads = true
			}
		}
	})
	c.mine = inSetup
	if len(inSetup) == 0 {
		c.mine = anywhere
	}
	slices.Sort(c.mine)
	c.mine = slices.Compact(c.mine)
}

// debuggers adds the ephemeral containers that debug steps make to their pods'.
func (c *scenarioCheck) debuggers() {
	c.value.eachStep(func(t *Task, st *Step) {
		if st.Debug == nil {
			return
		}
		pod := st.Debug.Pod
		if pod == "" && t != nil {
			pod = t.Pod
		}
		if pod == "" && len(c.mine) == 1 {
			pod = c.mine[0]
		}
		if there := c.pods[pod]; there != nil && !slices.Contains(there, st.Debug.Container) {
			c.pods[pod] = append(slices.Clip(there), st.Debug.Container)
		}
	})
}

// pod fills in the pod that a step or a check is about: outer's, or the
// scenario's only one.
func (c *scenarioCheck) pod(pod *string, outer string) {
	c.name(pod, 253)
	switch {
	case *pod == "" && outer != "":
		*pod = outer
	case *pod == "" && len(c.mine) == 1:
		*pod = c.mine[0]
	case *pod != "" && c.pods[*pod] == nil && !c.workloads && !c.unread:
		c.wrong(pod, "no manifest of the scenario has a pod %q; there are: %s", *pod, strings.Join(sorted(c.pods), ", "))
	}
}

// onePod complains when there is no pod, and something needs one.
func (c *scenarioCheck) onePod(pod *string, what string) {
	if *pod != "" || c.unread || c.podless {
		return
	}
	c.podless = true
	if len(c.mine) == 0 {
		c.wrong(pod, "%s needs a pod, and no manifest of the scenario has one: say pod", what)
		return
	}
	c.wrong(pod, "%s needs a pod, and there are several: say pod, one of %s", what, strings.Join(c.mine, ", "))
}

// container fills in a pod's only container.
func (c *scenarioCheck) container(container *string, pod string) {
	c.name(container, 63)
	containers, known := c.pods[pod]
	switch {
	case !known && *container == "" && pod != "" && !c.unread:
		c.wrong(container, "say which container of pod %s", pod)
	case !known:
	case *container == "" && len(containers) == 1:
		*container = containers[0]
	case *container == "":
		c.wrong(container, "pod %s has several containers: say container, one of %s", pod, strings.Join(containers, ", "))
	case !slices.Contains(containers, *container):
		c.wrong(container, "pod %s has no container %q; there are: %s", pod, *container, strings.Join(containers, ", "))
	}
}

// A scope is what an expression stands in.
type scope struct {
	pod, node *string
	got       map[string]expect.Observed
	inSetup   bool
}

// expr compiles an expression and complains about what it speaks of and has
// not.
func (c *scenarioCheck) expr(e *Expr, want expect.Want, in scope) {
	if e == nil || !c.compile(e, want, in.got) {
		return
	}
	if e.reads("pod", "start.pod") || e.reads("node", "start.node") && *in.node == "" {
		c.onePod(in.pod, "the expression")
	}
	if in.inSetup && e.reads("start", "start.pod", "start.pods", "start.node", "start.nodes") {
		c.wrong(e, "start is what there is when the setup has ended, and the setup can't read it")
	}
}
