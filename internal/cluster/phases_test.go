package cluster

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/progress"
)

// A recorder is a Reporter that records its calls.
type recorder struct{ lines []string }

func (r *recorder) Begin(what string, _ time.Duration) progress.Step {
	r.lines = append(r.lines, "begin "+what)
	return &recordedStep{r, what}
}

func (r *recorder) Log(format string, args ...any) {
	r.lines = append(r.lines, "log "+fmt.Sprintf(format, args...))
}

type recordedStep struct {
	*recorder
	what string
}

func (s *recordedStep) Detail(string, ...any) {}
func (s *recordedStep) End(err error) {
	s.lines = append(s.lines, fmt.Sprintf("end %s: %v", s.what, err))
}

// These are the messages that kind 0.33.0 logs.
func TestPhaseLogger(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	r := &recorder{}
	l := newPhaseLogger(r)
	l.Warn("cgroup v1 is deprecated in Kubernetes")
	info := l.V(0)
	info.Infof("Creating cluster %q ...\n", "a")
	info.Infof(" • %s  ...\n", "Ensuring node image (kindest/node:v1.36.3) 🖼")
	info.Infof(" ✓ %s\n", "Ensuring node image (kindest/node:v1.36.3) 🖼")
	info.Infof(" • %s  ...\n", "Preparing nodes 📦 📦 ")
	l.V(1).Infof("Image: %q present locally", "kindest/node")
	info.Infof(" ✓ %s\n", "Preparing nodes 📦 📦 ")
	info.Infof(" • %s  ...\n", "Starting control-plane 🕹️")
	info.Infof(" ✗ %s\n", "Starting control-plane 🕹️")
	l.end(nil) // no phase is running
	want := []string{
		"log kind: cgroup v1 is deprecated in Kubernetes",
		"begin Ensuring node image (kindest/node:v1.36.3)", "end Ensuring node image (kindest/node:v1.36.3): <nil>",
		"begin Preparing nodes", "end Preparing nodes: <nil>",
		"begin Starting control-plane", "end Starting control-plane: failed",
	}
	if diff := cmp.Diff(want, r.lines); diff != "" {
		t.Error(diff)
	}
	if phases := l.ended(); len(phases) != 3 || phases[2].name != "Starting control-plane" {
		t.Errorf("phases %+v", phases)
	}
}

// kubeadm ends with a stack trace for each error in the chain.
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

func TestSavePhaseTimesKeepsOtherPhases(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	for _, p := range []phase{{"a", time.Second}, {"b", time.Second}, {"a", time.Minute}} {
		if err := savePhaseTimes(p); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(map[string]time.Duration{"a": time.Minute, "b": time.Second}, phaseTimes()); diff != "" {
		t.Error(diff)
	}
}
