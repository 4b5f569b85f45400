package lab

import (
	"time"

	"go.yaml.in/yaml/v3"

	"podlab/internal/expect"
	"podlab/internal/text"
)

// APIVersion is the version of content that this podlab reads.
const APIVersion = "podlab/v1alpha1"

// Text is what a learner reads, in English and in Korean; both are needed.
type Text = text.Text

// A Lab is labs/NAME/lab.yaml: an ordered list of scenarios with points.
type Lab struct {
	// APIVersion is podlab/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is Lab.
	Kind string `json:"kind"`
	// Name is the name of the lab's folder.
	Name  string `json:"name"`
	Title Text   `json:"title"`
	// Summary says in a few sentences what the lab is about.
	Summary Text `json:"summary"`
	// Cluster is the kind configuration, a file beside lab.yaml.
	Cluster string `json:"cluster"`
	// Total is what all points of the lab add up to.
	Total int `json:"total"`
	// Scenarios are run in this order.
	Scenarios []Part `json:"scenarios"`

	// Readme is the lab's text: README.md and README.ko.md.
	Readme Text `json:"-"`
	// KindConfig is what stands in the file that Cluster names.
	KindConfig []byte `json:"-"`
}

// A Part is a scenario in a lab.
type Part struct {
	// Scenario is the scenario's name.
	Scenario string `json:"scenario"`
	// Points are given by task; each task of the scenario has some.
	Points map[string]int `json:"points"`

	// Of is the scenario of that name.
	Of *Scenario `json:"-"`
}

// A Scenario is scenarios/NAME/scenario.yaml: a situation, and tasks on it.
//
// It runs in a kube namespace of its own. A pod, where a step, a task or a
// check names none, is the only one of the scenario's setup; once loaded, it
// is filled in everywhere.
type Scenario struct {
	// Hash is set when the content is loaded.
	Hash string `json:"-"`
	// APIVersion is podlab/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is Scenario.
	Kind string `json:"kind"`
	// Name is the name of the scenario's folder.
	Name  string `json:"name"`
	Title Text   `json:"title"`
	// Needs are what a machine must have; without it the scenario is skipped.
	Needs []Need `json:"needs,omitempty"`
	// Alone says that it disturbs others, by what it does to a node: it is played
	// while no other one is.
	Alone bool `json:"alone,omitempty"`
	// Setup makes the situation. When it has ended, start is recorded.
	Setup []Step `json:"setup,omitempty"`
	// Cleanup removes what was made outside the kube namespace. It is done before
	// each setup and whenever the kube namespace is emptied or removed, so it must
	// succeed where there is nothing to remove.
	Cleanup []Step `json:"cleanup,omitempty"`
	Tasks   []Task `json:"tasks"`
}

// A Need is something that not every machine has.
type Need string

// The needs.
const (
	NeedRegistry Need = "registry"  // images can be pulled
	NeedCgroupV1 Need = "cgroup-v1" // the nodes are on cgroup v1
	NeedCgroupV2 Need = "cgroup-v2" // the nodes are on cgroup v2
	NeedAMD64    Need = "amd64"     // the nodes' architecture
	NeedARM64    Need = "arm64"     // the nodes' architecture
	NeedVXLAN    Need = "vxlan"     // the nodes' kernel makes vxlan devices
)

// A Task is something to do (prompt, solve, checks, mutants) or something to
// answer (question, answer, wrong). Both have hints.
type Task struct {
	Name string `json:"name"`
	// Pod is what pod stands for in the task's expressions.
	Pod string `json:"pod,omitempty"`
	// Node is what node stands for in the task's expressions, by default the
	// pod's: a node's name without the cluster's (control-plane, worker).
	Node string `json:"node,omitempty"`
	// Needs are what a machine must have; without it the task is skipped.
	Needs []Need `json:"needs,omitempty"`

	// Unsettled says that its pods don't come to rest: it is judged as things are,
	// without waiting for the API to catch up with the runtime.
	Unsettled bool `json:"unsettled,omitempty"`

	// Prompt says what to do.
	Prompt *Text `json:"prompt,omitempty"`
	// Solve is the reference solution.
	Solve []Step `json:"solve,omitempty"`
	// Observe is done in this order before the task's checks or its answer are
	// judged. It changes nothing.
	Observe []Observation `json:"observe,omitempty"`
	// Checks must all pass for the task's points.
	Checks []Check `json:"checks,omitempty"`
	// Mutants are wrong states that the checks must tell from the solution.
	Mutants []Mutant `json:"mutants,omitempty"`

	// Question is what to answer.
	Question *Text `json:"question,omitempty"`
	// Answer is the right one, computed from the live cluster: a number, a text,
	// true or false, or a list of these.
	Answer *Expr `json:"answer,omitempty"`
	// Wrong are answers that are easily given and must be refused.
	Wrong []Wrong `json:"wrong,omitempty"`

	// Hints help on, the first one the least.
	Hints []Hint `json:"hints"`
}

// A Check is a statement about what was observed.
type Check struct {
	Name string `json:"name"`
	// Pod is what pod stands for, by default the task's.
	Pod string `json:"pod,omitempty"`
	// Node is what node stands for, by default the task's.
	Node string `json:"node,omitempty"`
	// Expect is the statement: true is Pass.
	Expect Expr `json:"expect"`
	// Why explains the statement, whatever the verdict.
	Why Text `json:"why"`
	// Show are further values for the evidence, by name.
	Show map[string]*Expr `json:"show,omitempty"`
}

// A Mutant makes a wrong state, starting where the setup ended.
type Mutant struct {
	Name  string `json:"name"`
	Steps []Step `json:"steps"`
	// Fails are the names of the checks that fail then; all others of the task
	// don't.
	Fails []string `json:"fails"`
}

// A Wrong is an answer that is easily given to a question, and wrong.
type Wrong struct {
	Answer Expr `json:"answer"`
	// Why says what was mixed up.
	Why Text `json:"why"`
}

// A Hint is shown when its condition holds, or has none.
type Hint struct {
	When *Expr `json:"when,omitempty"`
	Say  Text  `json:"say"`
}

// An Observation is something to look at that no picture of the cluster holds.
// An expression has what it gave as got.NAME. It has exactly one verb.
type Observation struct {
	// Name is an identifier: letters and digits, a letter first.
	Name string `json:"name"`
	// Exec gives exit, stdout and stderr of a command that changes nothing.
	Exec *Exec `json:"exec,omitempty"`
	// Logs gives a container's log as stdout; exit is 0.
	Logs *Logs `json:"logs,omitempty"`
	// Fetch gives status and body of an HTTP GET made by podlab itself.
	Fetch *Fetch `json:"fetch,omitempty"`
	// Get gives an object as the API has it.
	Get *Get `json:"get,omitempty"`
	// List gives a list of objects as the API has them.
	List *List `json:"list,omitempty"`
	// Inspect gives what the engine says of a node's container, as its inspect
	// command does.
	Inspect *Inspect `json:"inspect,omitempty"`
	// Kubeconfig gives the cluster's kubeconfig, without certificates and keys.
	Kubeconfig *Kubeconfig `json:"kubeconfig,omitempty"`
}

// A Step changes something, or waits for something. It has exactly one verb.
type Step struct {
	// Apply is the path of a manifest inside the content (manifests/nginx.yaml).
	Apply  string  `json:"apply,omitempty"`
	Delete *Delete `json:"delete,omitempty"`
	Exec   *Exec   `json:"exec,omitempty"`
	Signal *Signal `json:"signal,omitempty"`
	Wait   *Wait   `json:"wait,omitempty"`
	// Install puts a program of podlab's into a node.
	Install *Install `json:"install,omitempty"`
	// Debug adds an ephemeral container to a pod, as kubectl debug does.
	Debug *Debug `json:"debug,omitempty"`
}

// Delete deletes a pod, or an object of another kind, and waits until it is
// gone.
type Delete struct {
	Pod string `json:"pod,omitempty"`
	// Kind and Name are those of an object that is not a pod.
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
	// Grace replaces the object's own grace period.
	Grace *Duration `json:"grace,omitempty"`
}

// Exec runs a command in a container, or in a node.
type Exec struct {
	Pod string `json:"pod,omitempty"`
	// Container may be left out where the pod has only one.
	Container string `json:"container,omitempty"`
	// Node is a node's name without the cluster's (worker), in place of a pod.
	Node string   `json:"node,omitempty"`
	Argv []string `json:"argv"`
	// Stdin is what the command reads.
	Stdin string `json:"stdin,omitempty"`
	// With gives values by name: $(NAME) stands for one in argv and stdin. They are
	// looked up in a fresh picture. $(KUBENAMESPACE), the kube namespace that the
	// scenario is played in, is always there.
	With map[string]*Expr `json:"with,omitempty"`
	// About is the pod that pod stands for in With.
	About string `json:"-"`
	// MayFail lets a step go on whatever the command's exit code is.
	MayFail bool `json:"mayFail,omitempty"`
	// Within is how long it may take, 30s by default.
	Within Duration `json:"within,omitempty"`
}

// Install puts one of podlab's own static programs into a node.
type Install struct {
	// Node is a node's name without the cluster's.
	Node string `json:"node"`
	// Program is pause, noreap, tiny, orphan or waitstat.
	Program string `json:"program"`
	// Path is where it goes, below /podlab/$(KUBENAMESPACE)/. Its folder is
	// made.
	Path string `json:"path"`
}

// Debug adds an ephemeral container.
type Debug struct {
	Pod string `json:"pod,omitempty"`
	// Container is its name.
	Container string `json:"container"`
	Image     string `json:"image"`
	// Target is the container whose PID namespace it joins; without one it has its
	// own, or the pod's.
	Target  string   `json:"target,omitempty"`
	Command []string `json:"command,omitempty"`
}

// Signal sends a signal to a process of a node.
type Signal struct {
	// Pod is what pod stands for in Process.
	Pod string `json:"pod,omitempty"`
	// Node is where the process is, by default the pod's node: a node's name
	// without the cluster's.
	Node string `json:"node,omitempty"`
	// Process gives the process's pid in the node.
	Process Expr `json:"process"`
	// Signal is the signal's name without SIG.
	Signal SignalName `json:"signal"`
}

// Wait waits until an expression is true.
type Wait struct {
	Pod   string `json:"pod,omitempty"`
	Node  string `json:"node,omitempty"`
	Until Expr   `json:"until"`
	// Within is how long at most.
	Within Duration `json:"within"`
}

// Logs is the log of a container.
type Logs struct {
	Pod       string `json:"pod,omitempty"`
	Container string `json:"container,omitempty"`
	// Previous asks for the log of the container before the last restart.
	Previous bool `json:"previous,omitempty"`
}

// Fetch is an HTTP GET from where podlab runs.
type Fetch struct {
	// Port is a port of a node that the cluster maps to this machine, whatever it
	// is called here.
	Port int `json:"port"`
	// Path begins with a slash, which it is by default.
	Path string `json:"path,omitempty"`
}

// Get names an object of the API.
type Get struct {
	// APIVersion and Kind are as in a manifest (apps/v1, Deployment).
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name,omitempty"`
	// Node is in place of the name of an object that is called after a node: a
	// node's name without the cluster's.
	Node string `json:"node,omitempty"`
	// KubeNamespace is by default the scenario's.
	KubeNamespace string `json:"kubeNamespace,omitempty"`
}

// List names objects of the API.
type List struct {
	// APIVersion and Kind are as in a manifest (apps/v1, Deployment).
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// KubeNamespace is by default the scenario's; "*" is all.
	KubeNamespace string `json:"kubeNamespace,omitempty"`
	// Labels select some, as kubectl's -l does.
	Labels string `json:"labels,omitempty"`
}

// Inspect names a node whose container the engine is asked about.
type Inspect struct {
	// Node is a node's name without the cluster's.
	Node string `json:"node"`
}

// Kubeconfig has no fields: a cluster has one.
type Kubeconfig struct{}

// A Duration is written as in Go: 90s, 1m30s.
type Duration time.Duration

// D returns the duration in Go's type.
func (d Duration) D() time.Duration { return time.Duration(d) }

// An Expr is a CEL expression, compiled when its file was loaded.
type Expr struct {
	*expect.Program
	// Source is the expression as it was written.
	Source string

	node *yaml.Node
}
