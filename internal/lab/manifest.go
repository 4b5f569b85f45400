package lab

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// A manifestObject is what podlab needs to know of an object that it applies.
type manifestObject struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace"`
	} `yaml:"metadata"`
	Spec struct {
		podSpec  `yaml:",inline"`
		Template struct {
			Spec podSpec `yaml:"spec"`
		} `yaml:"template"`
	} `yaml:"spec"`
}

type podSpec struct {
	Containers     []container `yaml:"containers"`
	InitContainers []container `yaml:"initContainers"`
}

type container struct {
	Name  string `yaml:"name"`
	Image string `yaml:"image"`
}

// outside are kinds that live outside of kube namespaces, where a scenario
// would meet others and leave things behind.
var outside = []string{
	"Namespace", "Node", "PersistentVolume", "StorageClass", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding",
	"PriorityClass", "RuntimeClass", "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
	"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "CSIDriver", "IngressClass", "List",
}

// manifest parses a manifest and keeps what steps need to know of it.
func (l *loader) manifest(name string) {
	s := newSource(name, l.files[name], &l.problems)
	m := &Manifest{Path: name, Data: l.files[name]}
	l.manifests[name] = m
	docs, ok := s.documents(m.Data)
	l.broken[name] = !ok
	if ok && len(docs) == 0 {
		l.problems.add(name, position{}, "there is no object in it")
	}
	for _, doc := range docs {
		var all map[string]any // complains about keys that come twice
		var o manifestObject
		if err := doc.Decode(&all); err != nil {
			s.yamlErrors(err)
			l.broken[name] = true
			continue
		}
		if err := doc.Decode(&o); err != nil {
			s.yamlErrors(err)
			l.broken[name] = true
			continue
		}
		object := o.object()
		same := func(other Object) bool { return other.Kind == object.Kind && other.Name == object.Name }
		if object.Name != "" && slices.ContainsFunc(m.Objects, same) {
			s.wrongAt(doc, "there are two objects %s %s", object.Kind, object.Name)
		}
		m.Objects = append(m.Objects, object)
		before := len(l.problems)
		s.checkObject(doc, &o)
		l.broken[name] = l.broken[name] || len(l.problems) > before
	}
}

func (s *source) checkObject(doc *yaml.Node, o *manifestObject) {
	for name, value := range map[string]string{"apiVersion": o.APIVersion, "kind": o.Kind, "metadata.name": o.Metadata.Name} {
		if value == "" {
			s.wrongAt(doc, "the object has no %s", name)
		}
	}
	if name := o.Metadata.Name; name != "" && (!subdomain.MatchString(name) || len(name) > 253) {
		s.wrongAt(doc, "%q is no name for Kubernetes", name)
	}
	if o.Metadata.Namespace != "" {
		s.wrongAt(doc, "metadata.namespace must not be set: each scenario has a kube namespace of its own")
	}
	if slices.Contains(outside, o.Kind) {
		s.wrongAt(doc, "a %s does not live in a kube namespace, and podlab would not clean it up", o.Kind)
	}
}

func (o *manifestObject) object() Object {
	out := Object{APIVersion: o.APIVersion, Kind: o.Kind, Name: o.Metadata.Name}
	for _, spec := range []podSpec{o.Spec.podSpec, o.Spec.Template.Spec} {
		for _, c := range append(slices.Clone(spec.Containers), spec.InitContainers...) {
			if o.Kind == "Pod" {
				out.Containers = append(out.Containers, c.Name)
			}
			if c.Image != "" {
				out.Images = append(out.Images, c.Image)
			}
		}
	}
	return out
}
