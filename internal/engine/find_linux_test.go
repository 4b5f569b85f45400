package engine

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// clean gives a test a state directory of its own and an environment that
// chooses no engine.
func clean(t *testing.T) {
	t.Helper()
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	for _, name := range []string{"PODLAB_ENGINE", "DOCKER_HOST", "DOCKER_CONTEXT", "KIND_EXPERIMENTAL_PROVIDER"} {
		t.Setenv(name, "")
	}
}

// unusable makes containers fail in a daemon that otherwise answers.
func unusable(d *Daemon) {
	d.Settings["runtimes"] = map[string]any{"broken": map[string]any{"path": "/bin/false"}}
	d.Settings["default-runtime"] = "broken"
}

func TestFindProvesAnEngineOnce(t *testing.T) {
	clean(t)
	d := testDaemon(t)
	start(t, d)
	t.Setenv("DOCKER_HOST", "unix://"+d.Socket)
	found, err := Find(t.Context(), Options{Daemon: d})
	if err != nil {
		t.Fatal(err)
	}
	if !found.Own || found.Host != "" || found.Provider != "docker" {
		t.Errorf("found %+v, not podlab's own by DOCKER_HOST", found)
	}
	lacks, err := lacksSysResource()
	if err != nil {
		t.Fatal(err)
	}
	if found.LacksSysResource != lacks {
		t.Errorf("a privileged container lacks CAP_SYS_RESOURCE: %v, its host: %v", found.LacksSysResource, lacks)
	}
	if left := output(t, found, "ps", "--all", "--quiet") + output(t, found, "images", "--quiet"); left != "" {
		t.Errorf("containers or images are left: %s", left)
	}
	// A proof would fail now.
	d.Runtime = []byte("no program")
	again, err := Find(t.Context(), Options{Daemon: d})
	if err != nil {
		t.Fatalf("the proof was not remembered: %v", err)
	}
	if *again != *found {
		t.Errorf("found %+v, then %+v", found, again)
	}
}

func lacksSysResource() (bool, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false, err
	}
	_, set, _ := strings.Cut(string(status), "CapBnd:")
	set, _, _ = strings.Cut(set, "\n")
	bits, err := parseBounding("CapBnd " + strings.TrimSpace(set))
	return bits&(1<<capSysResource) == 0, err
}

func TestUpStartsAnEngineOnTheStandardSocket(t *testing.T) {
	clean(t)
	d := testDaemon(t)
	d.Socket = ""
	e, err := Up(t.Context(), Options{Daemon: d})
	if err != nil {
		t.Fatal(err)
	}
	if !e.Own || e.Host != "" || d.Status().Socket != standardSocket {
		t.Errorf("up is %+v on %s", e, d.Status().Socket)
	}
	if root := output(t, e, "info", "--format", "{{.DockerRootDir}}"); root != e.Root {
		t.Errorf("its command leads to %s, not to %s", root, e.Root)
	}
	if stopped, err := Down(t.Context(), DownOptions{Daemon: d}); err != nil || !stopped {
		t.Errorf("down: %v, %v", stopped, err)
	}
	_, err = Find(t.Context(), Options{Daemon: d})
	if none, ok := errors.AsType[*NoneError](err); !ok || none.Advice != adviceUp {
		t.Errorf("after down: got %v, want advice to start one", err)
	}
}

func TestUpGoesBesideAnEngineThatIsOfNoUse(t *testing.T) {
	clean(t)
	foreign := testDaemon(t)
	foreign.Socket = standardSocket
	unusable(foreign)
	theirs := start(t, foreign)
	before := foreign.Status()

	d := testDaemon(t)
	d.Socket = ""
	_, err := Find(t.Context(), Options{Daemon: d})
	if none, ok := errors.AsType[*NoneError](err); !ok || !strings.Contains(err.Error(), "privileged container") {
		t.Errorf("got %v (%v), want that no privileged container starts", err, none)
	}
	if left := output(t, theirs, "ps", "--all", "--quiet") + output(t, theirs, "images", "--quiet"); left != "" {
		t.Errorf("containers or images are left in it: %s", left)
	}
	e, err := Up(t.Context(), Options{Daemon: d})
	if err != nil {
		t.Fatal(err)
	}
	if !e.Own || e.Root == theirs.Root || e.Host == "" || e.Host != "unix://"+d.Status().Socket {
		t.Errorf("up is %+v", e)
	}
	if again, err := Find(t.Context(), Options{Daemon: d}); err != nil || again.Root != e.Root {
		t.Errorf("found %+v, %v afterwards", again, err)
	}
	if stopped, err := Down(t.Context(), DownOptions{Daemon: d, Purge: true}); err != nil || !stopped {
		t.Errorf("down: %v, %v", stopped, err)
	}
	if foreign.Status() != before {
		t.Errorf("the other engine was %+v and is %+v", before, foreign.Status())
	}
}

func TestDownLeavesAnEngineOfOthers(t *testing.T) {
	clean(t)
	foreign := testDaemon(t)
	foreign.Socket = standardSocket
	start(t, foreign)
	before := foreign.Status()
	d := testDaemon(t)
	d.Socket = ""
	e, err := Up(t.Context(), Options{Daemon: d})
	if err != nil || e.Own {
		t.Fatalf("got %+v, %v; want the engine that is there", e, err)
	}
	if stopped, err := Down(t.Context(), DownOptions{Daemon: d, Purge: true}); err != nil || stopped {
		t.Errorf("down: %v, %v; want nothing to stop", stopped, err)
	}
	if foreign.Status() != before {
		t.Errorf("the other engine was %+v and is %+v", before, foreign.Status())
	}
}

func TestUpStartsNothingWhenRefused(t *testing.T) {
	for name, refuse := range map[string]func(*testing.T, *Options){
		"PODLAB_ENGINE=existing": func(t *testing.T, _ *Options) { t.Setenv("PODLAB_ENGINE", "existing") },
		"PODLAB_ENGINE=nonsense": func(t *testing.T, _ *Options) { t.Setenv("PODLAB_ENGINE", "nonsense") },
		"DOCKER_HOST":            func(t *testing.T, _ *Options) { t.Setenv("DOCKER_HOST", "unix:///run/nobody.sock") },
		"podman":                 func(t *testing.T, _ *Options) { t.Setenv("KIND_EXPERIMENTAL_PROVIDER", "podman") },
		"the answer no": func(t *testing.T, o *Options) {
			asked := false
			o.Ask = func(question string) (bool, error) {
				asked = strings.Contains(question, o.Daemon.Root)
				return false, nil
			}
			t.Cleanup(func() {
				if !asked {
					t.Error("nobody was asked about it")
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			d := testDaemon(t)
			o := Options{Daemon: d}
			refuse(t, &o)
			_, err := Up(t.Context(), o)
			if _, ok := errors.AsType[*NoneError](err); !ok {
				t.Errorf("got %v, want a NoneError", err)
			}
			if d.Status().PID != 0 || exists(d.data()) {
				t.Error("something was started")
			}
		})
	}
}

func TestOutputErrorCanBePasted(t *testing.T) {
	clean(t)
	d := testDaemon(t)
	e := start(t, d)
	_, err := e.Output(t.Context(), "rm", "no such one")
	failed, ok := errors.AsType[*CommandError](err)
	if !ok || failed.ExitCode() != 1 || !strings.Contains(failed.Stderr, "No such container") {
		t.Fatalf("got %+v", err)
	}
	if want := "DOCKER_HOST=unix://" + d.Socket + " docker rm 'no such one'"; failed.Shell() != want {
		t.Errorf("shell gets %s, want %s", failed.Shell(), want)
	}
	if id, ok, err := e.ImageID(t.Context(), "nobody/has:it"); id != "" || ok || err != nil {
		t.Errorf("an image that nobody has: %q, %v, %v", id, ok, err)
	}
}

func TestSurveyChangesNothing(t *testing.T) {
	clean(t)
	d := testDaemon(t)
	s, err := Survey(t.Context(), Options{Daemon: d, Start: true})
	if err != nil || s.Engine != nil || s.None == nil || s.Own.PID != 0 {
		t.Errorf("got %+v, %v; want that there is none", s, err)
	}
	start(t, d)
	s, err = Survey(t.Context(), Options{Daemon: d})
	if err != nil || s.Engine == nil || !s.Engine.Own || s.Own.PID == 0 || s.None != nil {
		t.Errorf("got %+v, %v; want podlab's own", s, err)
	}
}

func TestCandidatesComeInKindsOrder(t *testing.T) {
	names := func(env map[string]string) (names []string) {
		f := newFinder(Options{Daemon: &Daemon{Root: t.TempDir(), Run: t.TempDir()}})
		f.getenv = func(name string) string { return env[name] }
		for _, c := range f.candidates() {
			names = append(names, c.name)
		}
		return names
	}
	for _, c := range []struct {
		env  map[string]string
		want []string
	}{
		{nil, []string{"docker", "nerdctl", "podman"}},
		{map[string]string{"KIND_EXPERIMENTAL_PROVIDER": "podman"}, []string{"podman"}},
		{map[string]string{"KIND_EXPERIMENTAL_PROVIDER": "nerdctl.lima"}, []string{"nerdctl.lima"}},
		{map[string]string{"KIND_EXPERIMENTAL_PROVIDER": "unknown"}, []string{"docker", "nerdctl", "podman"}},
		{map[string]string{"DOCKER_HOST": "ssh://elsewhere"}, []string{"docker"}},
		{map[string]string{"DOCKER_CONTEXT": "elsewhere"}, []string{"docker"}},
		{map[string]string{"DOCKER_CONTEXT": "default"}, []string{"docker", "nerdctl", "podman"}},
	} {
		if got := names(c.env); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.env, got, c.want)
		}
	}
}
