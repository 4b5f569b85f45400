package lab_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"podlab/internal/lab"
)

const (
	labYAML  = "labs/lab-2/lab.yaml"
	kindYAML = "labs/lab-2/kind.yaml"
	killYAML = "scenarios/kill-pause/scenario.yaml"
	webYAML  = "scenarios/deploy/web.yaml"
	depYAML  = "scenarios/deploy/scenario.yaml"
	podYAML  = "manifests/nginx-shell.yaml"
)

// good returns the content of testdata/good.txtar.
func good(t testing.TB) fstest.MapFS {
	t.Helper()
	data, err := os.ReadFile("testdata/good.txtar")
	if err != nil {
		t.Fatal(err)
	}
	fsys := fstest.MapFS{}
	for _, f := range txtar.Parse(data).Files {
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	return fsys
}

// edit replaces old in a file, where it occurs once.
func edit(t testing.TB, fsys fstest.MapFS, file, old, replacement string) {
	t.Helper()
	text := string(fsys[file].Data)
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("%q occurs %d times in %s", old, n, file)
	}
	fsys[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, replacement, 1))}
}

func TestLoad(t *testing.T) {
	c, err := lab.Load(good(t))
	if err != nil {
		t.Fatal(err)
	}
	l, err := c.Lab("lab-2")
	if err != nil {
		t.Fatal(err)
	}
	if l.Title.KO != "pause" || l.Readme.KO != "# 랩 2\n" || !strings.Contains(string(l.KindConfig), "control-plane") || l.Points("deploy", "answers") != 15 {
		t.Errorf("got %+v", l)
	}
	s, kill, err := l.Task("kill")
	if err != nil {
		t.Fatal(err)
	}
	if l.Scenarios[0].Of != s || c.Scenarios["kill-pause"] != s {
		t.Errorf("the lab, its task and the content have different scenarios")
	}
	// Loading fills in defaults.
	if kill.Pod != "nginx" || kill.Solve[0].Signal.Pod != "nginx" || kill.Solve[1].Wait.Pod != "nginx" || kill.Checks[0].Pod != "nginx" ||
		kill.Observe[1].Logs.Pod != "nginx" || kill.Mutants[0].Steps[2].Wait.Pod != "nginx" {
		t.Errorf("the only pod was not filled in: %+v", kill)
	}
	if kill.Solve[2].Exec.Within.D() != 30*time.Second || kill.Solve[3].Exec.Within.D() != 5*time.Second || kill.Solve[2].Exec.Pod != "" {
		t.Errorf("exec: got %+v and %+v", kill.Solve[2].Exec, kill.Solve[3].Exec)
	}
	if *kill.Mutants[0].Steps[0].Delete.Grace != 0 || kill.Solve[0].Signal.Signal.Number() != 9 {
		t.Errorf("got %+v", kill)
	}
	if got := kill.Checks[1].Expect.Source; got != "got.page.exit == 0 &&\ngot.page.stdout.contains(\"nginx\")\n" {
		t.Errorf("source: %q", got)
	}
	_, answers, err := l.Task("deploy/answers")
	if err != nil {
		t.Fatal(err)
	}
	if steps := answers.Mutants[0].Steps; steps[1].Signal.Node != "worker" || steps[2].Wait.Node != "worker" {
		t.Errorf("the task's node was not filled in: %+v", steps)
	}
	if answers.Observe[0].Fetch.Path != "/" || answers.Checks[0].Node != "worker" || answers.Pod != "" {
		t.Errorf("got %+v", answers)
	}
}

// TestHash checks that a scenario's hash changes with the scenario's file and
// with the manifests that it applies, and with nothing else.
func TestHash(t *testing.T) {
	const kill, deploy = "kill-pause", "deploy"
	before := hashes(t, func(fstest.MapFS) {})
	for _, c := range []struct {
		name    string
		change  func(fstest.MapFS)
		changed []string
	}{
		{"nothing", func(fstest.MapFS) {}, nil},
		{"the lab's text", func(f fstest.MapFS) { edit(t, f, "labs/lab-2/README.md", "# Lab 2", "# Lab two") }, nil},
		{"a hidden file", func(f fstest.MapFS) { f["manifests/.swp"] = &fstest.MapFile{} }, nil},
		{"a scenario", func(f fstest.MapFS) { edit(t, f, killYAML, "Kill it.", "Kill pause.") }, []string{kill}},
		{"a manifest", func(f fstest.MapFS) { edit(t, f, podYAML, "image: busybox", "image: alpine") }, []string{kill}},
		{"a manifest of a solution", func(f fstest.MapFS) { edit(t, f, webYAML, "nginx:alpine", "nginx:1") }, []string{deploy}},
		{"another manifest", func(f fstest.MapFS) {
			f["manifests/other.yaml"] = f[podYAML]
			edit(t, f, depYAML, "  - apply: scenarios/deploy/web.yaml\n", "  - apply: scenarios/deploy/web.yaml\n  - apply: manifests/other.yaml\n")
		}, []string{deploy}},
	} {
		after := hashes(t, c.change)
		for _, name := range []string{kill, deploy} {
			if changed := after[name] != before[name]; changed != slices.Contains(c.changed, name) {
				t.Errorf("%s changed: the hash of %s changed: %v", c.name, name, changed)
			}
		}
	}
}

// hashes returns the hashes of the scenarios of a changed content.
func hashes(t *testing.T, change func(fstest.MapFS)) map[string]string {
	t.Helper()
	fsys := good(t)
	change(fsys)
	c, err := lab.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, s := range c.Scenarios {
		out[name] = s.Hash
	}
	return out
}

func TestNames(t *testing.T) {
	c, err := lab.Load(good(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Lab("lab-9"); err == nil || err.Error() != `there is no lab "lab-9": choose one of lab-2` {
		t.Errorf("got %v", err)
	}
	l, err := c.Lab("lab-2")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := l.Task("nothing"); err == nil || !strings.HasSuffix(err.Error(), "choose one of kill-pause/kill, kill-pause/which-pid, deploy/answers") {
		t.Errorf("got %v", err)
	}
	l.Scenarios = append(l.Scenarios, l.Scenarios[0])
	if _, _, err := l.Task("kill"); err == nil || !strings.Contains(err.Error(), "several tasks") {
		t.Errorf("got %v", err)
	}
}

// TestAllAtOnce checks that Load reports the mistakes of all files together.
func TestAllAtOnce(t *testing.T) {
	fsys := good(t)
	edit(t, fsys, labYAML, "total: 30", "total: 31")
	edit(t, fsys, killYAML, "expect: pod.uid == start.pod.uid", "expect: pod.uid == start.pod.uidd")
	edit(t, fsys, killYAML, "got.page.stdout.contains(\"nginx\")", "got.pages.exit")
	edit(t, fsys, killYAML, "signal: KILL", "signal: SIGKILL")
	edit(t, fsys, depYAML, "port: 30000", "prot: 30000")
	edit(t, fsys, podYAML, "  name: nginx\n", "  name: nginx\n  namespace: default\n")
	fsys["labs/lab-2/notes.txt"] = &fstest.MapFile{}
	want := `labs/lab-2/lab.yaml:7:8: total is 31, but the points add up to 30
labs/lab-2/notes.txt: nothing uses this file
manifests/nginx-shell.yaml:1:1: remove metadata.namespace: each scenario has its own kube namespace
scenarios/deploy/scenario.yaml:15:12: port is missing
scenarios/deploy/scenario.yaml:15:13: unknown field "prot": the fields are port, path
scenarios/kill-pause/scenario.yaml:13:48: unknown signal "SIGKILL": choose one of HUP, INT, QUIT, ILL, TRAP, ABRT, BUS, FPE, KILL, USR1, SEGV, USR2, PIPE, ALRM, TERM, CHLD, CONT, STOP, TSTP, TTIN, TTOU, WINCH
scenarios/kill-pause/scenario.yaml:28:33: undefined field 'uidd'
scenarios/kill-pause/scenario.yaml:35:10: undefined field 'pages'`
	_, err := lab.Load(fsys)
	var problems lab.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("got %v, want problems", err)
	}
	if diff := cmp.Diff(want, problems.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestNewer checks that content of a newer version gives one problem, not one for
// each difference.
func TestNewer(t *testing.T) {
	fsys := good(t)
	edit(t, fsys, killYAML, "podlab/v1alpha1", "podlab/v1")
	edit(t, fsys, killYAML, "tasks:", "jobs:")
	want := "scenarios/kill-pause/scenario.yaml:1:13: this file is written for podlab/v1, but this podlab reads podlab/v1alpha1: update podlab"
	if _, err := lab.Load(fsys); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestUnreadable(t *testing.T) {
	broken := errors.New("input/output error")
	_, err := lab.Load(failing{good(t), broken})
	var problems lab.Problems
	if !errors.Is(err, broken) || errors.As(err, &problems) {
		t.Errorf("got %v, want the error of the disk and no Problems", err)
	}
}

type failing struct {
	fs.FS
	err error
}

func (f failing) Open(name string) (fs.File, error) {
	if name == killYAML {
		return nil, f.err
	}
	return f.FS.Open(name)
}

// FuzzLoad checks that no content makes podlab panic.
func FuzzLoad(f *testing.F) {
	fsys := good(f)
	f.Add(fsys[killYAML].Data)
	f.Add(fsys[depYAML].Data)
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("tasks: [{checks: [{expect: 'pod.', show: {a: 1}}], observe: [{exec: {}}]}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := good(t)
		fsys[killYAML] = &fstest.MapFile{Data: data}
		if c, err := lab.Load(fsys); err == nil && c.Scenarios["kill-pause"] == nil {
			t.Error("got neither the scenario nor a problem")
		}
		fsys = good(t)
		fsys[podYAML] = &fstest.MapFile{Data: data}
		fsys[labYAML] = &fstest.MapFile{Data: data}
		_, _ = lab.Load(fsys)
	})
}
