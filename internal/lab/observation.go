package lab

import (
	"strings"

	"podlab/internal/expect"
)

// An Observation reads something that no picture of the cluster has. Expressions
// read its result as got.NAME. It has exactly one verb.
type Observation struct {
	// Name is an identifier: a lower-case letter, then letters and digits.
	Name string `json:"name"`
	// Exec runs a command that changes nothing, and gives exit, stdout and stderr.
	Exec *Exec `json:"exec,omitempty"`
	// Logs gives the log of a container as stdout; exit is 0.
	Logs *Logs `json:"logs,omitempty"`
	// Fetch gives status and body of an HTTP GET by podlab.
	Fetch *Fetch `json:"fetch,omitempty"`
	// Get gives an object from the API.
	Get *Get `json:"get,omitempty"`
	// List gives a list of objects from the API.
	List *List `json:"list,omitempty"`
	// Inspect gives the output of the engine's inspect command for a node's
	// container.
	Inspect *Inspect `json:"inspect,omitempty"`
	// Kubeconfig gives the cluster's kubeconfig, without certificates and keys.
	Kubeconfig *Kubeconfig `json:"kubeconfig,omitempty"`
}

// Container returns the pod and the container that the observation is made in, "" for
// an observation outside of pods.
func (o *Observation) Container() (pod, container string) {
	switch {
	case o.Exec != nil:
		return o.Exec.Pod, o.Exec.Container
	case o.Logs != nil:
		return o.Logs.Pod, o.Logs.Container
	}
	return "", ""
}

// AsksAPI reports whether the observation reads objects from the API server.
func (o *Observation) AsksAPI() bool { return o.Get != nil || o.List != nil }

// An observationKind is the type of a verb of an Observation. To add a kind, add
// a field to Observation whose type has these methods, and make the observation in
// internal/observe.
type observationKind interface {
	// result returns the type of got.NAME.
	result() expect.Type
	// check validates the fields and fills in defaults. pod is the task's pod, and
	// earlier are the observations before this one.
	check(c *scenarioCheck, pod string, earlier map[string]expect.Type)
}

// An ExecResult is the result of a command.
type ExecResult struct {
	// Exit is the exit code.
	Exit   int    `json:"exit"`
	Stdout string `json:"stdout"`
	Stderr string `json:"stderr"`
}

var execResult = expect.TypeOf[ExecResult]()

func (e *Exec) result() expect.Type { return execResult }

func (e *Exec) check(c *scenarioCheck, pod string, earlier map[string]expect.Type) {
	c.exec(e, pod, false, earlier)
	if e.MayFail {
		c.problem(&e.MayFail, "an observation cannot have mayFail: got.NAME.exit is the exit code")
	}
}

// Logs reads the log of a container.
type Logs struct {
	Pod       string `json:"pod,omitempty"`
	Container string `json:"container,omitempty"`
	// Previous reads the log from before the last restart of the container.
	Previous bool `json:"previous,omitempty"`
}

func (l *Logs) result() expect.Type { return execResult }

func (l *Logs) check(c *scenarioCheck, pod string, _ map[string]expect.Type) {
	c.pod(&l.Pod, pod)
	c.needPod(&l.Pod, "logs")
	c.container(&l.Container, l.Pod)
}

// Fetch is an HTTP GET from the machine on which podlab runs.
type Fetch struct {
	// Port is a port of a node. podlab connects to the port of the machine that the
	// cluster maps to it.
	Port int `json:"port"`
	// Path begins with a slash, and is / by default.
	Path string `json:"path,omitempty"`
}

// A FetchResult is the result of an HTTP GET.
type FetchResult struct {
	// Status is the HTTP status code, or 0 if the connection was accepted and then
	// closed without an answer.
	Status int    `json:"status"`
	Body   string `json:"body"`
}

var fetchResult = expect.TypeOf[FetchResult]()

func (f *Fetch) result() expect.Type { return fetchResult }

func (f *Fetch) check(c *scenarioCheck, _ string, _ map[string]expect.Type) {
	if f.Port < 1 || f.Port > 65535 {
		c.problem(&f.Port, "%d is not a port", f.Port)
	}
	if f.Path == "" {
		f.Path = "/"
	}
	if !strings.HasPrefix(f.Path, "/") {
		c.problem(&f.Path, "the path %q must begin with a slash", f.Path)
	}
}

// Get reads an object from the API.
type Get struct {
	// APIVersion and Kind are as in a manifest (apps/v1, Deployment).
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name,omitempty"`
	// Node replaces the name for objects with the name of a node. It is the node's
	// name without the cluster's.
	Node string `json:"node,omitempty"`
	// KubeNamespace is by default the scenario's.
	KubeNamespace string `json:"kubeNamespace,omitempty"`
}

func (g *Get) result() expect.Type { return expect.Document }

func (g *Get) check(c *scenarioCheck, _ string, _ map[string]expect.Type) {
	c.kubeName(&g.Node, 63)
	if (g.Name == "") == (g.Node == "") {
		c.problem(g, "get takes either a name or a node")
	}
}

// List reads objects from the API.
type List struct {
	// APIVersion and Kind are as in a manifest (apps/v1, Deployment).
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// KubeNamespace is by default the scenario's; "*" stands for all.
	KubeNamespace string `json:"kubeNamespace,omitempty"`
	// Labels select objects, as kubectl's -l does.
	Labels string `json:"labels,omitempty"`
}

func (l *List) result() expect.Type { return expect.Document }

func (l *List) check(*scenarioCheck, string, map[string]expect.Type) {}

// Inspect names the node whose container the engine inspects.
type Inspect struct {
	// Node is the node's name without the cluster's.
	Node string `json:"node"`
}

func (i *Inspect) result() expect.Type { return expect.Document }

func (i *Inspect) check(c *scenarioCheck, _ string, _ map[string]expect.Type) {
	c.kubeName(&i.Node, 63)
}

// Kubeconfig has no fields, because a cluster has one kubeconfig.
type Kubeconfig struct{}

func (k *Kubeconfig) result() expect.Type { return expect.Document }

func (k *Kubeconfig) check(*scenarioCheck, string, map[string]expect.Type) {}
