package lab

import (
	"path"
	"slices"

	"podlab/internal/expect"
)

var needs = []Need{NeedRegistry, NeedCgroupV1, NeedCgroupV2, NeedAMD64, NeedARM64, NeedVXLAN}

// A scenarioCheck validates a scenario and fills in its defaults.
type scenarioCheck struct {
	*loaded[Scenario]
	loader *loader
	// pods has the containers of the pods in the scenario's manifests, by pod.
	pods map[string][]string
	// defaults are the pods of the setup or, if it has none, of all manifests. A
	// single one is the default pod.
	defaults []string
	// workloads means that the manifests make pods with generated names.
	workloads bool
	// unread means that a manifest is missing or broken, so that pods are unknown.
	unread bool
	// podReported means that the setup or the current task already has the problem
	// that it needs a pod. One report is enough.
	podReported bool
}

// checkScenario validates a scenario and compiles its expressions.
func (l *loader) checkScenario(f *loaded[Scenario]) {
	if f == nil {
		return
	}
	c := &scenarioCheck{loaded: f, loader: l, pods: map[string][]string{}}
	s, dir := f.value, path.Dir(f.path)
	c.kubeName(&s.Name, maxScenario)
	if s.Name != "" && s.Name != path.Base(dir) {
		c.problem(&s.Name, "name must be %s, like the folder", path.Base(dir))
	}
	c.needs(s.Needs)
	c.manifests()
	c.debugContainers()
	c.steps(s.Setup, "", "", true)
	c.steps(s.Cleanup, "", "", true)
	var names []string
	for i := range s.Tasks {
		c.unique(&s.Tasks[i].Name, &names, "task")
		c.task(&s.Tasks[i])
	}
	if len(s.Tasks) == 0 {
		c.problem(&s.Tasks, "the scenario has no task")
	}
}

func (c *scenarioCheck) needs(given []Need) {
	for i := range given {
		if !slices.Contains(needs, given[i]) {
			c.problem(&given[i], "unknown need %q: choose one of %s", given[i], choices(needs))
		}
		if slices.Contains(given[:i], given[i]) {
			c.problem(&given[i], "duplicate need %q", given[i])
		}
	}
}

// manifests finds the scenario's manifests and their pods.
func (c *scenarioCheck) manifests() {
	var inSetup, anywhere []string
	c.value.eachStep(func(t *Task, st *Step) {
		if st.Apply == "" {
			return
		}
		objects, ok := c.loader.manifests[st.Apply]
		dir := path.Dir(st.Apply)
		if !ok || dir != "manifests" && dir != path.Dir(c.path) {
			c.unread = true
			c.problem(&st.Apply, "there is no manifest %q in manifests or %s", st.Apply, path.Dir(c.path))
			return
		}
		c.loader.used[st.Apply] = true
		c.unread = c.unread || c.loader.broken[st.Apply]
		for i := range objects {
			o := &objects[i]
			if o.Kind == "Pod" {
				name := o.Metadata.Name
				c.pods[name] = o.containers()
				anywhere = append(anywhere, name)
				if t == nil {
					inSetup = append(inSetup, name)
				}
			}
			c.workloads = c.workloads || slices.Contains(workloadKinds, o.Kind)
		}
	})
	c.defaults = inSetup
	if len(inSetup) == 0 {
		c.defaults = anywhere
	}
	slices.Sort(c.defaults)
	c.defaults = slices.Compact(c.defaults)
}

// debugContainers adds the ephemeral containers of debug steps to their pods.
func (c *scenarioCheck) debugContainers() {
	c.value.eachStep(func(t *Task, st *Step) {
		if st.Debug == nil {
			return
		}
		pod := st.Debug.Pod
		if pod == "" && t != nil {
			pod = t.Pod
		}
		if pod == "" && len(c.defaults) == 1 {
			pod = c.defaults[0]
		}
		if containers := c.pods[pod]; containers != nil && !slices.Contains(containers, st.Debug.Container) {
			c.pods[pod] = append(slices.Clip(containers), st.Debug.Container)
		}
	})
}

// pod checks the pod of a step or a check. It fills in outer, the pod of the
// task, or the scenario's only pod.
func (c *scenarioCheck) pod(pod *string, outer string) {
	c.kubeName(pod, 253)
	switch {
	case *pod == "" && outer != "":
		*pod = outer
	case *pod == "" && len(c.defaults) == 1:
		*pod = c.defaults[0]
	case *pod != "" && c.pods[*pod] == nil && !c.workloads && !c.unread:
		c.problem(pod, "no manifest of the scenario has a pod %q: the pods are %s", *pod, choices(sortedKeys(c.pods)))
	}
}

// needPod reports a missing pod. what is what needs it.
func (c *scenarioCheck) needPod(pod *string, what string) {
	if *pod != "" || c.unread || c.podReported {
		return
	}
	c.podReported = true
	if len(c.defaults) == 0 {
		c.problem(pod, "%s needs a pod, but no manifest of the scenario has one: set pod", what)
		return
	}
	c.problem(pod, "%s needs a pod, but the scenario has several: set pod to one of %s", what, choices(c.defaults))
}

// container checks a container of a pod. It fills in the pod's only container.
func (c *scenarioCheck) container(container *string, pod string) {
	c.kubeName(container, 63)
	containers, known := c.pods[pod]
	switch {
	case !known && *container == "" && pod != "" && !c.unread:
		c.problem(container, "set container: no manifest has the containers of pod %s", pod)
	case !known:
	case *container == "" && len(containers) == 1:
		*container = containers[0]
	case *container == "":
		c.problem(container, "pod %s has several containers: set container to one of %s", pod, choices(containers))
	case !slices.Contains(containers, *container):
		c.problem(container, "pod %s has no container %q: its containers are %s", pod, *container, choices(containers))
	}
}

// A scope is what the variables of an expression stand for.
type scope struct {
	pod, node *string
	got       map[string]expect.Type
	inSetup   bool
}

// expr compiles an expression and reports variables that have no value.
func (c *scenarioCheck) expr(e *Expr, want expect.Want, in scope) {
	if e == nil || !c.compile(e, want, in.got) {
		return
	}
	if e.reads("pod", "start.pod") || e.reads("node", "start.node") && *in.node == "" {
		c.needPod(in.pod, "the expression")
	}
	if in.inSetup && e.reads("start", "start.pod", "start.pods", "start.node", "start.nodes") {
		c.problem(e, "the setup cannot read start, which is recorded when the setup ends")
	}
}
