package lab

import (
	"path"
	"slices"
	"strings"
)

// checkLab validates what the fields of a lab say together.
func (l *loader) checkLab(f *loaded[Lab]) {
	if f == nil {
		return
	}
	lab, dir := f.value, path.Dir(f.path)
	f.name(&lab.Name, 63)
	if lab.Name != "" && lab.Name != path.Base(dir) {
		f.wrong(&lab.Name, "the lab in folder %s must be called %s", dir, path.Base(dir))
	}
	lab.Readme.EN = l.readme(dir + "/README.md")
	lab.Readme.KO = l.readme(dir + "/README.ko.md")
	l.kindConfig(f)
	var names []string
	sum := 0
	for i := range lab.Scenarios {
		part := &lab.Scenarios[i]
		f.unique(&part.Scenario, &names, "scenarios")
		sum += l.checkPart(f, part)
	}
	if len(lab.Scenarios) == 0 {
		f.wrong(&lab.Scenarios, "there must be a scenario")
	}
	if sum != lab.Total {
		f.wrong(&lab.Total, "the points add up to %d, and total says %d", sum, lab.Total)
	}
}

// checkPart validates a scenario's points in a lab and returns their sum.
func (l *loader) checkPart(f *loaded[Lab], part *Part) int {
	sum := 0
	for _, task := range sorted(part.Points) {
		if points := part.Points[task]; points <= 0 {
			f.wrong(&part.Points, "%s must have more than %d points", task, points)
		}
		sum += part.Points[task]
	}
	s, ok := l.scenarios[part.Scenario]
	if !ok && part.Scenario != "" {
		f.wrong(&part.Scenario, "there is no scenario %q; there are: %s", part.Scenario, strings.Join(sorted(l.scenarios), ", "))
	}
	if s == nil {
		return sum
	}
	part.Of = s.value
	var tasks []string
	for i := range part.Of.Tasks {
		if part.Of.Tasks[i].Name == "" {
			return sum // already said
		}
		tasks = append(tasks, part.Of.Tasks[i].Name)
		if _, ok := part.Points[part.Of.Tasks[i].Name]; !ok {
			f.wrong(&part.Points, "task %s of %s has no points", part.Of.Tasks[i].Name, part.Scenario)
		}
	}
	for _, task := range sorted(part.Points) {
		if !slices.Contains(tasks, task) {
			f.wrong(&part.Points, "%s has no task %q; there are: %s", part.Scenario, task, strings.Join(tasks, ", "))
		}
	}
	return sum
}

func (l *loader) readme(name string) string {
	l.used[name] = true
	text := string(l.files[name])
	if _, ok := l.files[name]; !ok {
		l.problems.add(name, position{}, "the lab's text is missing in this language")
	} else if strings.TrimSpace(text) == "" {
		l.problems.add(name, position{}, "the lab's text is empty")
	}
	return text
}

// kindConfig reads the lab's cluster as far as telling a kind configuration
// from something else; kind itself reads it when the cluster is made.
func (l *loader) kindConfig(f *loaded[Lab]) {
	lab := f.value
	if lab.Cluster == "" {
		return
	}
	name := path.Dir(f.path) + "/" + lab.Cluster
	data, ok := l.files[name]
	if !ok || strings.Contains(lab.Cluster, "/") {
		f.wrong(&lab.Cluster, "there is no file %q beside lab.yaml", lab.Cluster)
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
		l.problems.add(name, position{}, "must be one YAML document, and is %d", len(docs))
		return
	}
	if err := docs[0].Decode(&config); err != nil {
		s.yamlErrors(err)
		return
	}
	if config.Kind != "Cluster" || config.APIVersion != "kind.x-k8s.io/v1alpha4" {
		s.wrongAt(docs[0], "must be a Cluster of kind.x-k8s.io/v1alpha4")
	}
	if config.Name != "" {
		s.wrongAt(docs[0], "name must not be set: podlab names the cluster")
	}
}
