package lab

import (
	"time"

	"go.yaml.in/yaml/v3"

	"podlab/internal/expect"
	"podlab/internal/text"
)

// APIVersion is the version of content that this podlab reads.
const APIVersion = "podlab/v1alpha1"

// Text is a text for learners, in English and in Korean. Both are required.
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
	// Summary describes the lab in a few sentences.
	Summary Text `json:"summary"`
	// Cluster is the kind configuration, a file beside lab.yaml.
	Cluster string `json:"cluster"`
	// Total is the sum of all points of the lab.
	Total int `json:"total"`
	// Scenarios are the lab's scenarios, in order.
	Scenarios []Part `json:"scenarios"`

	// Readme is the lab's text, from README.md and README.ko.md.
	Readme Text `json:"-"`
	// KindConfig is the content of the file that Cluster names.
	KindConfig []byte `json:"-"`
}

// A Part is a scenario in a lab.
type Part struct {
	// Scenario is the scenario's name.
	Scenario string `json:"scenario"`
	// Points are the points of each task of the scenario, by name.
	Points map[string]int `json:"points"`

	// Of is the scenario.
	Of *Scenario `json:"-"`
}

// A Scenario is scenarios/NAME/scenario.yaml: a situation, and tasks in it.
//
// A scenario runs in its own kube namespace. Steps, tasks and checks that name no
// pod use the only pod of the scenario's setup; loading fills it in.
type Scenario struct {
	// APIVersion is podlab/v1alpha1.
	APIVersion string `json:"apiVersion"`
	// Kind is Scenario.
	Kind string `json:"kind"`
	// Name is the name of the scenario's folder.
	Name  string `json:"name"`
	Title Text   `json:"title"`
	// Needs are the requirements on the machine. Without them the scenario is
	// skipped.
	Needs []Need `json:"needs,omitempty"`
	// Alone keeps other scenarios from running at the same time, because this
	// scenario changes a node.
	Alone bool `json:"alone,omitempty"`
	// Setup creates the situation. Afterwards podlab records start.
	Setup []Step `json:"setup,omitempty"`
	// Cleanup removes what the scenario made outside its kube namespace. It runs
	// before each setup, and whenever the kube namespace is emptied or deleted. So
	// it must succeed when there is nothing to remove.
	Cleanup []Step `json:"cleanup,omitempty"`
	// Tasks are the scenario's tasks, in order.
	Tasks []Task `json:"tasks"`

	// Hash is the SHA-256, in hexadecimal, of the scenario's file and of all
	// manifests that its steps apply. It is the same on every machine.
	Hash string `json:"-"`
}

// A Need is something that not every machine has.
type Need string

// The needs.
const (
	NeedRegistry Need = "registry"  // images can be pulled
	NeedCgroupV1 Need = "cgroup-v1" // the nodes use cgroup v1
	NeedCgroupV2 Need = "cgroup-v2" // the nodes use cgroup v2
	NeedAMD64    Need = "amd64"     // the nodes' architecture
	NeedARM64    Need = "arm64"     // the nodes' architecture
	NeedVXLAN    Need = "vxlan"     // the nodes' kernel has vxlan devices
)

// A Task is something to do (prompt, solve, checks, mutants) or a question to
// answer (question, answer, wrong). Both have hints.
type Task struct {
	Name string `json:"name"`
	// Pod names the pod of the variable pod in the task's expressions.
	Pod string `json:"pod,omitempty"`
	// Node names the node of the variable node in the task's expressions, by default
	// the pod's node. It is the node's name without the cluster's (control-plane,
	// worker).
	Node string `json:"node,omitempty"`
	// Needs are the requirements on the machine. Without them the task is skipped.
	Needs []Need `json:"needs,omitempty"`

	// Unsettled means that the task's pods keep changing: podlab checks the task
	// without waiting for the API to catch up with the runtime.
	Unsettled bool `json:"unsettled,omitempty"`

	// Prompt tells the learner what to do.
	Prompt *Text `json:"prompt,omitempty"`
	// Solve is the reference solution.
	Solve []Step `json:"solve,omitempty"`
	// Observe has the observations that podlab makes, in order, before it evaluates
	// the task's checks or its answer. They change nothing.
	Observe []Observation `json:"observe,omitempty"`
	// Checks must all pass for the task's points.
	Checks []Check `json:"checks,omitempty"`
	// Mutants are wrong states that the checks must not accept.
	Mutants []Mutant `json:"mutants,omitempty"`

	// Question is the question to answer.
	Question *Text `json:"question,omitempty"`
	// Answer computes the right answer from the live cluster: a number, a text, true
	// or false, or a list of them.
	Answer *Expr `json:"answer,omitempty"`
	// Accept are other right answers, where the usual tolerance for case, blanks,
	// KIND/ and the cluster's name is not enough.
	Accept []Expr `json:"accept,omitempty"`
	// Wrong are likely wrong answers, which podlab must reject.
	Wrong []Wrong `json:"wrong,omitempty"`

	// Hints help the learner, from the smallest hint to the biggest.
	Hints []Hint `json:"hints"`
}

// A Check is a statement about the cluster.
type Check struct {
	Name string `json:"name"`
	// Pod names the pod of the variable pod, by default the task's.
	Pod string `json:"pod,omitempty"`
	// Node names the node of the variable node, by default the task's.
	Node string `json:"node,omitempty"`
	// Expect is the statement: true is Pass.
	Expect Expr `json:"expect"`
	// Why explains the statement, whatever the verdict.
	Why Text `json:"why"`
	// Show adds values to the evidence, by name.
	Show map[string]*Expr `json:"show,omitempty"`
}

// A Mutant makes a wrong state, beginning where the setup ended.
type Mutant struct {
	Name  string `json:"name"`
	Steps []Step `json:"steps"`
	// Fails names the checks that fail in this state. All other checks of the task
	// pass.
	Fails []string `json:"fails"`
}

// A Wrong is a likely wrong answer to a question.
type Wrong struct {
	Answer Expr `json:"answer"`
	// Why explains the mistake.
	Why Text `json:"why"`
}

// A Hint is shown if its condition holds or it has none.
type Hint struct {
	When *Expr `json:"when,omitempty"`
	Say  Text  `json:"say"`
}

// A Step changes something or waits for something. It has exactly one verb.
type Step struct {
	// Apply is the path of a manifest in the content (manifests/nginx.yaml).
	Apply  string  `json:"apply,omitempty"`
	Delete *Delete `json:"delete,omitempty"`
	Exec   *Exec   `json:"exec,omitempty"`
	Signal *Signal `json:"signal,omitempty"`
	Wait   *Wait   `json:"wait,omitempty"`
	// Install copies one of podlab's programs into a node.
	Install *Install `json:"install,omitempty"`
	// Debug adds an ephemeral container to a pod, as kubectl debug does.
	Debug *Debug `json:"debug,omitempty"`
}

// Delete deletes a pod or another object, and waits until it is gone.
type Delete struct {
	Pod string `json:"pod,omitempty"`
	// Kind and Name name an object that is not a pod.
	Kind string `json:"kind,omitempty"`
	Name string `json:"name,omitempty"`
	// Grace replaces the object's grace period.
	Grace *Duration `json:"grace,omitempty"`
}

// Exec runs a command in a container or on a node.
type Exec struct {
	Pod string `json:"pod,omitempty"`
	// Container is optional if the pod has only one container.
	Container string `json:"container,omitempty"`
	// Node runs the command on a node instead of in a pod. It is the node's name
	// without the cluster's (worker).
	Node string   `json:"node,omitempty"`
	Argv []string `json:"argv"`
	// Stdin is the input of the command.
	Stdin string `json:"stdin,omitempty"`
	// With defines values by name: $(NAME) in argv and stdin stands for the value,
	// evaluated over a fresh picture. $(KUBENAMESPACE), the scenario's kube
	// namespace, is predefined.
	With map[string]*Expr `json:"with,omitempty"`
	// About is the pod of the variable pod in With.
	About string `json:"-"`
	// MayFail lets a step succeed whatever the command's exit code is.
	MayFail bool `json:"mayFail,omitempty"`
	// Within is the timeout, by default 30s.
	Within Duration `json:"within,omitempty"`
}

// Install copies one of podlab's static programs into a node.
type Install struct {
	// Node is the node's name without the cluster's.
	Node string `json:"node"`
	// Program is pause, noreap, tiny, orphan or waitstat.
	Program string `json:"program"`
	// Path is the path of the copy, below /podlab/$(KUBENAMESPACE)/. Missing folders
	// are created.
	Path string `json:"path"`
}

// Debug adds an ephemeral container.
type Debug struct {
	Pod string `json:"pod,omitempty"`
	// Container is the name of the new container.
	Container string `json:"container"`
	Image     string `json:"image"`
	// Target is the container whose PID namespace the new container joins. Without
	// a target the new container gets its own PID namespace, or the pod's if the pod
	// shares one.
	Target  string   `json:"target,omitempty"`
	Command []string `json:"command,omitempty"`
}

// Signal sends a signal to a process of a node.
type Signal struct {
	// Pod names the pod of the variable pod in Process.
	Pod string `json:"pod,omitempty"`
	// Node is the node of the process, by default the pod's node. It is the node's
	// name without the cluster's.
	Node string `json:"node,omitempty"`
	// Process is the pid of the process on the node.
	Process Expr `json:"process"`
	// Signal is the signal's name without SIG.
	Signal SignalName `json:"signal"`
}

// Wait waits until an expression is true.
type Wait struct {
	Pod   string `json:"pod,omitempty"`
	Node  string `json:"node,omitempty"`
	Until Expr   `json:"until"`
	// Within is the timeout.
	Within Duration `json:"within"`
}

// A Duration is written as in Go: 90s, 1m30s.
type Duration time.Duration

// D returns the duration as a time.Duration.
func (d Duration) D() time.Duration { return time.Duration(d) }

// An Expr is a CEL expression. Loading compiles it.
type Expr struct {
	*expect.Program
	// Source is the text of the expression.
	Source string

	node *yaml.Node
}
