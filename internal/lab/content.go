package lab

import (
	"fmt"
	"slices"
	"strings"
)

// Content is valid content: all labs and their scenarios.
type Content struct {
	// Labs are sorted by name.
	Labs []*Lab
	// Scenarios are by name.
	Scenarios map[string]*Scenario
}

// Lab returns the lab with that name. The error lists the labs.
func (c *Content) Lab(name string) (*Lab, error) {
	var names []string
	for _, l := range c.Labs {
		if l.Name == name {
			return l, nil
		}
		names = append(names, l.Name)
	}
	return nil, fmt.Errorf("there is no lab %q: choose one of %s", name, strings.Join(names, ", "))
}

// Task returns the task with that name, or with that ID, SCENARIO/TASK. The error
// lists the tasks.
func (l *Lab) Task(name string) (*Scenario, *Task, error) {
	var (
		scenario   *Scenario
		task       *Task
		all, found []string
	)
	for _, part := range l.Scenarios {
		for i := range part.Of.Tasks {
			t := &part.Of.Tasks[i]
			id := part.Scenario + "/" + t.Name
			all = append(all, id)
			if id == name || t.Name == name {
				scenario, task = part.Of, t
				found = append(found, id)
			}
		}
	}
	switch len(found) {
	case 0:
		return nil, nil, fmt.Errorf("%s has no task %q: choose one of %s", l.Name, name, strings.Join(all, ", "))
	case 1:
		return scenario, task, nil
	}
	return nil, nil, fmt.Errorf("%s has several tasks %q: choose one of %s", l.Name, name, strings.Join(found, ", "))
}

// Points returns the points of a task of one of the lab's scenarios.
func (l *Lab) Points(scenario, task string) int {
	for _, part := range l.Scenarios {
		if part.Scenario == scenario {
			return part.Points[task]
		}
	}
	return 0
}

// manifests returns the paths of the manifests that the scenario applies, sorted.
func (s *Scenario) manifests() []string {
	var paths []string
	s.eachStep(func(_ *Task, st *Step) {
		if st.Apply != "" {
			paths = append(paths, st.Apply)
		}
	})
	slices.Sort(paths)
	return slices.Compact(paths)
}

// eachStep visits the steps of setup and cleanup, and then those of each task.
func (s *Scenario) eachStep(visit func(t *Task, st *Step)) {
	each := func(t *Task, steps []Step) {
		for i := range steps {
			visit(t, &steps[i])
		}
	}
	each(nil, s.Setup)
	each(nil, s.Cleanup)
	for i := range s.Tasks {
		t := &s.Tasks[i]
		each(t, t.Solve)
		for j := range t.Mutants {
			each(t, t.Mutants[j].Steps)
		}
	}
}
