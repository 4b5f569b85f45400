package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"podlab/internal/cluster"
	"podlab/internal/doctor"
	"podlab/internal/image"
	"podlab/internal/lab"
	"podlab/internal/text"
	"podlab/internal/verdict"
)

// TestGolden prints fixed data as each command does and compares the output with
// testdata/golden. Each case has a file for English text, Korean text and JSON.
func TestGolden(t *testing.T) {
	for _, c := range []struct {
		name string
		show func(a *app, format string) error
		exit int
	}{
		{"status-ready", showsStatus(readyStatus()), exitPassed},
		{"status-absent", showsStatus(&cluster.Status{Name: "myk8s"}), exitUnknown},
		{"status-broken", showsStatus(brokenStatus()), exitUnknown},
		{"status-foreign", showsStatus(foreignStatus()), exitPassed},
		{"verify-pass", showsRehearsals(rehearsals()[:2]), exitPassed},
		{"verify-fail", showsRehearsals(rehearsals()[:3]), exitFailed},
		{"verify-unknown", showsRehearsals(rehearsals()), exitUnknown},
		{"images-list", showsImageList, exitPassed},
		{"images-build", showsImages, exitPassed},
		{"doctor-ok", showsFindings(findings()[:2]), exitPassed},
		{"doctor-fail", showsFindings(findings()), exitUnknown},
		{"list", showsLabs, exitPassed},
	} {
		for _, v := range []struct {
			suffix string
			lang   text.Lang
			format string
		}{{"en", text.English, "text"}, {"ko", text.Korean, "text"}, {"json", text.English, "json"}} {
			name := c.name + "." + v.suffix
			t.Run(name, func(t *testing.T) {
				var out bytes.Buffer
				err := c.show(&app{Streams: Streams{Out: &out}, lang: v.lang}, v.format)
				if got := exitCode(t.Context(), err); got != c.exit {
					t.Errorf("exit code %d, want %d: %v", got, c.exit, err)
				}
				if _, ok := errors.AsType[*verdictError](err); !ok && err != nil {
					t.Error(err)
				}
				compareGolden(t, name, out.Bytes())
			})
		}
	}
}

func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name+".txt")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("go test ./internal/cli -update accepts this change of %s (-want +got):\n%s", path, diff)
	}
}

func showsStatus(s *cluster.Status) func(*app, string) error {
	return func(a *app, format string) error { return a.showStatus(s, format) }
}

func readyStatus() *cluster.Status {
	ready := true
	return &cluster.Status{
		Name: "myk8s", Exists: true, Ours: true, Owner: "learner@laptop", APIReady: true,
		Kubernetes: "v1.36.3", Images: "registry", Kubeconfig: "/state/clusters/myk8s/kubeconfig",
		Nodes: []cluster.NodeStatus{
			{Name: "myk8s-control-plane", Role: "control-plane", Container: "running", Ready: &ready},
			{Name: "myk8s-worker", Role: "worker", Container: "running", Ready: &ready},
		},
		Ports: []string{"127.0.0.1:30000 -> myk8s-worker:30000/tcp", "127.0.0.1:30001 -> myk8s-worker:30001/tcp"},
	}
}

func brokenStatus() *cluster.Status {
	s := readyStatus()
	notReady := false
	s.APIReady, s.APIError = false, "node myk8s-control-plane is paused"
	s.Nodes[0].Container, s.Nodes[0].Ready = "paused", nil
	s.Nodes[1].Ready = &notReady
	s.Ports = nil
	return s
}

// foreignStatus is the state of a cluster of another user. podlab has no kubeconfig
// for it.
func foreignStatus() *cluster.Status {
	s := readyStatus()
	s.Ours, s.Owner, s.Images, s.Kubeconfig = false, "teacher@desktop", "", ""
	return s
}

func showsRehearsals(all []rehearsalView) func(*app, string) error {
	return func(a *app, format string) error { return a.showRehearsals(all, format) }
}

func rehearsals() []rehearsalView {
	return []rehearsalView{
		{"web/deploy", "untouched", verdict.Pass, "Fail", 1200},
		{"web/deploy", "solved", verdict.Pass, "Pass", 3400},
		{"web/deploy", "mutant deleted", verdict.Fail, "want [\"it is ready\"] to fail, got []: it is ready: Pass", 5600},
		{"web/expose", "solved", verdict.Unknown, "node myk8s-worker does not answer", 7800},
	}
}

func showsImageList(a *app, format string) error {
	return a.showImageList([]image.Info{
		{Name: "podlab.local/node:1a2b3c", Source: image.Packages, Present: true, Current: true, Size: 912_345_678, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		{Name: "podlab.local/node:0f0f0f", Source: image.Packages, Present: true, Size: 900_000_000},
		{Name: "docker.io/library/nginx:alpine", Source: image.Packages, Inside: "podlab.local/node:1a2b3c", Current: true},
		{Name: "docker.io/kindest/node:v1.36.3", Source: image.Registry, Current: true},
	}, format)
}

func showsImages(a *app, format string) error {
	return a.showImages(&image.Images{
		Source: image.Registry, Node: "docker.io/kindest/node:v1.36.3", Kubernetes: "v1.36.3",
		Load: []string{"docker.io/library/nginx:alpine", "docker.io/library/busybox:latest"},
	}, format)
}

func showsFindings(all []doctor.Finding) func(*app, string) error {
	return func(a *app, format string) error { return a.showFindings(all, format) }
}

func findings() []doctor.Finding {
	return []doctor.Finding{
		{Name: "engine", Verdict: doctor.OK, Seen: text.Text{EN: "docker 28.2.2", KO: "docker 28.2.2"}},
		{
			Name: "memory", Verdict: doctor.Warn,
			Seen: text.Text{EN: "1.5 GiB of memory are free", KO: "사용할 수 있는 메모리가 1.5 GiB입니다"},
			Fix:  text.Text{EN: "close other programs", KO: "다른 프로그램을 닫으세요"},
		},
		{
			Name: "inotify instances", Verdict: doctor.Fail,
			Seen: text.Text{EN: "the limit is 128", KO: "한도가 128입니다"},
			Fix:  text.Text{EN: "sysctl -w fs.inotify.max_user_instances=512", KO: "sysctl -w fs.inotify.max_user_instances=512"},
		},
	}
}

func showsLabs(a *app, format string) error {
	var labs []*lab.Lab
	for i, title := range []lab.Text{{EN: "The cluster", KO: "클러스터"}, {EN: "Pods and pause", KO: "파드와 pause"}} {
		tasks := []lab.Task{{Name: "deploy"}, {Name: "explain"}}
		labs = append(labs, &lab.Lab{
			Name: fmt.Sprintf("lab-%d", i), Title: title, Total: 50 * (i + 1),
			Scenarios: []lab.Part{{
				Scenario: fmt.Sprintf("scenario-%d", i), Points: map[string]int{"deploy": 30, "explain": 50*i + 20},
				Of: &lab.Scenario{Title: title, Tasks: tasks},
			}},
		})
	}
	return a.showLabs(labs, format)
}
