package lab

import (
	"path"
	"slices"
	"strings"
)

// checkLab validates a lab.
func (l *loader) checkLab(f *loaded[Lab]) {
	if f == nil {
		return
	}
	lab, dir := f.value, path.Dir(f.path)
	f.kubeName(&lab.Name, 63)
	if lab.Name != "" && lab.Name != path.Base(dir) {
		f.problem(&lab.Name, "name must be %s, like the folder", path.Base(dir))
	}
	lab.Readme.EN = l.readme(dir + "/README.md")
	lab.Readme.KO = l.readme(dir + "/README.ko.md")
	l.kindConfig(f)
	var names []string
	sum := 0
	for i := range lab.Scenarios {
		part := &lab.Scenarios[i]
		f.unique(&part.Scenario, &names, "scenario")
		sum += l.checkPart(f, part)
	}
	if len(lab.Scenarios) == 0 {
		f.problem(&lab.Scenarios, "the lab has no scenario")
	}
	if sum != lab.Total {
		f.problem(&lab.Total, "total is %d, but the points add up to %d", lab.Total, sum)
	}
}

// checkPart validates a scenario's points in a lab and returns their sum.
func (l *loader) checkPart(f *loaded[Lab], part *Part) int {
	sum := 0
	for _, task := range sortedKeys(part.Points) {
		if part.Points[task] <= 0 {
			f.problem(&part.Points, "%s must have at least 1 point", task)
		}
		sum += part.Points[task]
	}
	s, ok := l.scenarios[part.Scenario]
	if !ok && part.Scenario != "" {
		f.problem(&part.Scenario, "there is no scenario %q: choose one of %s", part.Scenario, choices(sortedKeys(l.scenarios)))
	}
	if s == nil {
		return sum
	}
	part.Of = s.value
	var tasks []string
	for i := range part.Of.Tasks {
		if part.Of.Tasks[i].Name == "" {
			return sum // decoding has reported it
		}
		tasks = append(tasks, part.Of.Tasks[i].Name)
		if _, ok := part.Points[part.Of.Tasks[i].Name]; !ok {
			f.problem(&part.Points, "task %s of %s has no points", part.Of.Tasks[i].Name, part.Scenario)
		}
	}
	for _, task := range sortedKeys(part.Points) {
		if !slices.Contains(tasks, task) {
			f.problem(&part.Points, "%s has no task %q: its tasks are %s", part.Scenario, task, choices(tasks))
		}
	}
	return sum
}

func (l *loader) readme(name string) string {
	l.used[name] = true
	text := string(l.files[name])
	if _, ok := l.files[name]; !ok {
		l.problems.add(name, position{}, "the lab has no text in this language")
	} else if strings.TrimSpace(text) == "" {
		l.problems.add(name, position{}, "the lab's text is empty")
	}
	return text
}

// kindConfig checks that the lab's cluster is a kind configuration. kind itself
// validates the rest when it creates the cluster.
func (l *loader) kindConfig(f *loaded[Lab]) {
	lab := f.value
	if lab.Cluster == "" {
		return
	}
	name := path.Dir(f.path) + "/" + lab.Cluster
	data, ok := l.files[name]
	if !ok || strings.Contains(lab.Cluster, "/") {
		f.problem(&lab.Cluster, "there is no file %q beside lab.yaml", lab.Cluster)
		return
	}
	l.used[name] = true
	lab.KindConfig = data
	s := newSource(name, data, &l.problems)
	docs, ok := s.documents(data)
	if !ok {
		return
	}
	var config struct {
		APIVersion string         `yaml:"apiVersion"`
		Kind       string         `yaml:"kind"`
		Name       string         `yaml:"name"`
		Rest       map[string]any `yaml:",inline"`
	}
	if len(docs) != 1 {
		l.problems.add(name, position{}, "must have one YAML document, not %d", len(docs))
		return
	}
	if err := docs[0].Decode(&config); err != nil {
		s.yamlErrors(err)
		return
	}
	if config.Kind != "Cluster" || config.APIVersion != "kind.x-k8s.io/v1alpha4" {
		s.problemAt(docs[0], "must be a Cluster of kind.x-k8s.io/v1alpha4")
	}
	if config.Name != "" {
		s.problemAt(docs[0], "remove name: podlab names the cluster")
	}
}
