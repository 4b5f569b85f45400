package lab

import (
	"fmt"
	"strings"
)

// Content is all labs and what they use, known to be right.
type Content struct {
	// Labs are in the order of their names.
	Labs []*Lab
	// Scenarios are by name.
	Scenarios map[string]*Scenario
	// Manifests are by path.
	Manifests map[string]*Manifest
	// Hash is the SHA-256, in hexadecimal, over all files and their names.
	Hash string
}

// A Manifest is a YAML file with objects for a kube namespace.
type Manifest struct {
	Path    string
	Data    []byte
	Objects []Object
}

// An Object is an object of a manifest.
type Object struct {
	APIVersion, Kind, Name string
	// Containers are the names of a pod's containers, init containers last.
	Containers []string
	// Images are those of all containers, a workload's too, as they are written.
	Images []string
}

// Lab returns the lab of that name. The error says which there are.
func (c *Content) Lab(name string) (*Lab, error) {
	var names []string
	for _, l := range c.Labs {
		if l.Name == name {
			return l, nil
		}
		names = append(names, l.Name)
	}
	return nil, fmt.Errorf("there is no lab %q; there are: %s", name, strings.Join(names, ", "))
}

// Task returns a task by scenario/task, or by its name alone where only one
// scenario of the lab has it. The error says which there are.
func (l *Lab) Task(name string) (*Scenario, *Task, error) {
	var (
		scenario *Scenario
		task     *Task
		found    int
		names    []string
	)
	for _, part := range l.Scenarios {
		for i := range part.Of.Tasks {
			t := &part.Of.Tasks[i]
			id := part.Scenario + "/" + t.Name
			if id == name || t.Name == name {
				scenario, task = part.Of, t
				found++
			}
			names = append(names, id)
		}
	}
	switch found {
	case 0:
		return nil, nil, fmt.Errorf("%s has no task %q; there are: %s", l.Name, name, strings.Join(names, ", "))
	case 1:
		return scenario, task, nil
	}
	return nil, nil, fmt.Errorf("%s has several tasks %q; say which: %s", l.Name, name, strings.Join(names, ", "))
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

// Manifests returns the paths of the manifests that the scenario applies, in
// its setup, its solutions and its mutants, each once.
func (s *Scenario) Manifests() []string {
	var paths []string
	seen := map[string]bool{}
	s.eachStep(func(_ *Task, st *Step) {
		if st.Apply != "" && !seen[st.Apply] {
			seen[st.Apply] = true
			paths = append(paths, st.Apply)
		}
	})
	return paths
}

// eachStep visits the steps of setup and cleanup, and then each task's.
func (s *Scenario) eachStep(visit func(t *Task, st *Step)) {
	for i := range s.Setup {
		visit(nil, &s.Setup[i])
	}
	for i := range s.Cleanup {
		visit(nil, &s.Cleanup[i])
	}
	for i := range s.Tasks {
		t := &s.Tasks[i]
		for j := range t.Solve {
			visit(t, &t.Solve[j])
		}
		for j := range t.Mutants {
			for k := range t.Mutants[j].Steps {
				visit(t, &t.Mutants[j].Steps[k])
			}
		}
	}
}
