package cluster

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/progress"
)

// A recorder is a Reporter that keeps what it is told.
type recorder struct{ lines []string }

func (r *recorder) Begin(what string, _ time.Duration) progress.Step {
	r.lines = append(r.lines, "begin "+what)
	return &recordedStep{r, what}
}

func (r *recorder) Say(format string, args ...any) {
	r.lines = append(r.lines, "say "+fmt.Sprintf(format, args...))
}

type recordedStep struct {
	*recorder
	what string
}

func (s *recordedStep) Detail(string, ...any) {}
func (s *recordedStep) End(err error) {
	s.lines = append(s.lines, fmt.Sprintf("end %s: %v", s.what, err))
}

// The messages are those of kind 0.33.0, as its loggers get them.
func TestNarratorTellsKindsPhases(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	r := &recorder{}
	n := newNarrator(r)
	n.Warn("cgroup v1 is deprecated in Kubernetes")
	say := n.V(0)
	say.Infof("Creating cluster %q ...\n", "a")
	say.Infof(" • %s  ...\n", "Ensuring node image (kindest/node:v1.36.3) 🖼")
	say.Infof(" ✓ %s\n", "Ensuring node image (kindest/node:v1.36.3) 🖼")
	say.Infof(" • %s  ...\n", "Preparing nodes 📦 📦 ")
	n.V(1).Infof("Image: %q present locally", "kindest/node")
	say.Infof(" ✓ %s\n", "Preparing nodes 📦 📦 ")
	say.Infof(" • %s  ...\n", "Starting control-plane 🕹️")
	say.Infof(" ✗ %s\n", "Starting control-plane 🕹️")
	n.end(nil) // nothing runs any more
	want := []string{
		"say kind: cgroup v1 is deprecated in Kubernetes",
		"begin Ensuring node image (kindest/node:v1.36.3)", "end Ensuring node image (kindest/node:v1.36.3): <nil>",
		"begin Preparing nodes", "end Preparing nodes: <nil>",
		"begin Starting control-plane", "end Starting control-plane: failed",
	}
	if diff := cmp.Diff(want, r.lines); diff != "" {
		t.Error(diff)
	}
	if phases := n.ended(); len(phases) != 3 || phases[2].Name != "Starting control-plane" {
		t.Errorf("phases %+v", phases)
	}
}

// kubeadm ends with a trace of its own stack, one for each error in the chain.
func TestLastLinesSkipStackTraces(t *testing.T) {
	const said = `[init] Using Kubernetes version: v1.36.3
[kubelet-check] The kubelet is not healthy after 4m0s

error: error execution phase wait-control-plane
k8s.io/kubernetes/cmd/kubeadm/app/cmd/phases/workflow.(*Runner).Run.func1
	k8s.io/kubernetes/cmd/kubeadm/app/cmd/phases/workflow/runner.go:262
runtime.goexit
	runtime/asm_amd64.s:1771
main.main
	k8s.io/kubernetes@v1.36.3/cmd/kubeadm/kubeadm.go:25
`
	want := "[kubelet-check] The kubelet is not healthy after 4m0s\nerror: error execution phase wait-control-plane"
	if got := lastLines([]byte(said), 2); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := lastLines([]byte("one\n"), 2); got != "one" {
		t.Errorf("got %q", got)
	}
}
