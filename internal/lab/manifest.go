package lab

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// A manifestObject is the part of an object in a manifest that validation needs.
type manifestObject struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string `yaml:"kind"`
	Metadata   struct {
		Name      string `yaml:"name"`
		Namespace string `yaml:"namespace"`
	} `yaml:"metadata"`
	Spec struct {
		Containers     []container `yaml:"containers"`
		InitContainers []container `yaml:"initContainers"`
	} `yaml:"spec"`
}

type container struct {
	Name string `yaml:"name"`
}

// clusterKinds are kinds that do not belong to a kube namespace. Objects of these
// kinds would clash with other scenarios and stay behind.
var clusterKinds = []string{
	"Namespace", "Node", "PersistentVolume", "StorageClass", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding",
	"PriorityClass", "RuntimeClass", "APIService", "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration",
	"ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "CSIDriver", "IngressClass", "List",
}

// workloadKinds are kinds whose pods have generated names.
var workloadKinds = []string{"Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController"}

// manifest reads a manifest and validates its objects.
func (l *loader) manifest(name string) {
	s := newSource(name, l.files[name], &l.problems)
	docs, ok := s.documents(l.files[name])
	l.broken[name] = !ok
	if ok && len(docs) == 0 {
		l.problems.add(name, position{}, "the manifest has no objects")
	}
	var objects []manifestObject
	for _, doc := range docs {
		var all map[string]any // finds duplicate keys
		var o manifestObject
		err := doc.Decode(&all)
		if err == nil {
			err = doc.Decode(&o)
		}
		if err != nil {
			s.yamlErrors(err)
			l.broken[name] = true
			continue
		}
		same := func(other manifestObject) bool { return other.Kind == o.Kind && other.Metadata.Name == o.Metadata.Name }
		if o.Metadata.Name != "" && slices.ContainsFunc(objects, same) {
			s.problemAt(doc, "duplicate object %s %s", o.Kind, o.Metadata.Name)
		}
		before := len(l.problems)
		s.checkObject(doc, &o)
		objects = append(objects, o)
		l.broken[name] = l.broken[name] || len(l.problems) > before
	}
	l.manifests[name] = objects
}

func (s *source) checkObject(doc *yaml.Node, o *manifestObject) {
	for name, value := range map[string]string{"apiVersion": o.APIVersion, "kind": o.Kind, "metadata.name": o.Metadata.Name} {
		if value == "" {
			s.problemAt(doc, "the object has no %s", name)
		}
	}
	if name := o.Metadata.Name; name != "" && (!subdomain.MatchString(name) || len(name) > 253) {
		s.problemAt(doc, "%q is not a valid Kubernetes name", name)
	}
	if o.Metadata.Namespace != "" {
		s.problemAt(doc, "remove metadata.namespace: each scenario has its own kube namespace")
	}
	if slices.Contains(clusterKinds, o.Kind) {
		s.problemAt(doc, "a %s does not belong to a kube namespace, so podlab would not clean it up", o.Kind)
	}
}

// containers returns the names of a pod's containers, with the init containers
// last.
func (o *manifestObject) containers() []string {
	var names []string
	for _, c := range slices.Concat(o.Spec.Containers, o.Spec.InitContainers) {
		names = append(names, c.Name)
	}
	return names
}
