package engine

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/moby/sys/capability"
)

// isolate gives the test its own state directory and an environment that chooses
// no engine.
func isolate(t *testing.T) {
	t.Helper()
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	for _, name := range []string{"PODLAB_ENGINE", "DOCKER_HOST", "DOCKER_CONTEXT", "KIND_EXPERIMENTAL_PROVIDER"} {
		t.Setenv(name, "")
	}
}

// breakContainers makes a daemon answer but fail to start containers.
func breakContainers(d *Daemon) {
	d.Settings["runtimes"] = map[string]any{"broken": map[string]any{"path": "/bin/false"}}
	d.Settings["default-runtime"] = "broken"
}

func TestFindChecksAnEngineOnce(t *testing.T) {
	isolate(t)
	d := testDaemon(t)
	start(t, d)
	t.Setenv("DOCKER_HOST", "unix://"+d.Socket)
	found, err := Find(t.Context(), Options{Daemon: d})
	if err != nil {
		t.Fatal(err)
	}
	if !found.Own || found.Host != "" || found.Provider != "docker" {
		t.Errorf("found %+v, want podlab's own docker at DOCKER_HOST", found)
	}
	has, err := capability.GetBound(capability.CAP_SYS_RESOURCE)
	if err != nil {
		t.Fatal(err)
	}
	if found.LacksSysResource == has {
		t.Errorf("LacksSysResource is %v, but the host has CAP_SYS_RESOURCE: %v", found.LacksSysResource, has)
	}
	if left := output(t, found, "ps", "--all", "--quiet") + output(t, found, "images", "--quiet"); left != "" {
		t.Errorf("Find left containers or images: %s", left)
	}
	d.Runtime = []byte("no program") // a second check would fail
	again, err := Find(t.Context(), Options{Daemon: d})
	if err != nil {
		t.Fatalf("Find checked the engine again: %v", err)
	}
	if *again != *found {
		t.Errorf("found %+v, then %+v", found, again)
	}
}

func TestFindStartsDaemonOnStandardSocket(t *testing.T) {
	isolate(t)
	d := testDaemon(t)
	d.Socket = ""
	e, err := Find(t.Context(), Options{Daemon: d, Start: true})
	if err != nil {
		t.Fatal(err)
	}
	if !e.Own || e.Host != "" || d.Status().Socket != standardSocket {
		t.Errorf("started %+v on %s, want podlab's own docker on the standard socket", e, d.Status().Socket)
	}
	if root := output(t, e, "info", "--format", "{{.DockerRootDir}}"); root != e.Root {
		t.Errorf("the docker command reaches the engine at %s, want %s", root, e.Root)
	}
	if stopped, err := Down(t.Context(), DownOptions{Daemon: d}); err != nil || !stopped {
		t.Errorf("Down returned %v, %v; want true", stopped, err)
	}
	_, err = Find(t.Context(), Options{Daemon: d})
	if none, ok := errors.AsType[*NoneError](err); !ok || none.Advice != adviceUp {
		t.Errorf("after Down: got %v, want advice to start an engine", err)
	}
}

func TestFindStartsDaemonBesideUnusableEngine(t *testing.T) {
	isolate(t)
	foreign := testDaemon(t)
	foreign.Socket = standardSocket
	breakContainers(foreign)
	theirs := start(t, foreign)
	before := foreign.Status()

	d := testDaemon(t)
	d.Socket = ""
	_, err := Find(t.Context(), Options{Daemon: d})
	if none, ok := errors.AsType[*NoneError](err); !ok || !strings.Contains(err.Error(), "privileged container") {
		t.Errorf("got %v (%v), want an error about privileged containers", err, none)
	}
	if left := output(t, theirs, "ps", "--all", "--quiet") + output(t, theirs, "images", "--quiet"); left != "" {
		t.Errorf("Find left containers or images in the unusable engine: %s", left)
	}
	e, err := Find(t.Context(), Options{Daemon: d, Start: true})
	if err != nil {
		t.Fatal(err)
	}
	if !e.Own || e.Root == theirs.Root || e.Host == "" || e.Host != "unix://"+d.Status().Socket {
		t.Errorf("started %+v, want podlab's own docker on its own socket", e)
	}
	if again, err := Find(t.Context(), Options{Daemon: d}); err != nil || again.Root != e.Root {
		t.Errorf("found %+v, %v; want podlab's own docker again", again, err)
	}
	if stopped, err := Down(t.Context(), DownOptions{Daemon: d, Purge: true}); err != nil || !stopped {
		t.Errorf("Down returned %v, %v; want true", stopped, err)
	}
	if foreign.Status() != before {
		t.Errorf("the other engine changed from %+v to %+v", before, foreign.Status())
	}
}

func TestDownKeepsOtherEngine(t *testing.T) {
	isolate(t)
	foreign := testDaemon(t)
	foreign.Socket = standardSocket
	start(t, foreign)
	before := foreign.Status()
	d := testDaemon(t)
	d.Socket = ""
	e, err := Find(t.Context(), Options{Daemon: d, Start: true})
	if err != nil || e.Own {
		t.Fatalf("got %+v, %v; want the existing engine", e, err)
	}
	if stopped, err := Down(t.Context(), DownOptions{Daemon: d, Purge: true}); err != nil || stopped {
		t.Errorf("Down returned %v, %v; want false", stopped, err)
	}
	if foreign.Status() != before {
		t.Errorf("the other engine changed from %+v to %+v", before, foreign.Status())
	}
}

func TestFindStartsNothingIfForbidden(t *testing.T) {
	for name, forbid := range map[string]func(*testing.T, *Options){
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
					t.Error("Find did not ask, or did not name the data directory")
				}
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			isolate(t)
			d := testDaemon(t)
			o := Options{Daemon: d, Start: true}
			forbid(t, &o)
			_, err := Find(t.Context(), o)
			if _, ok := errors.AsType[*NoneError](err); !ok {
				t.Errorf("got %v, want a NoneError", err)
			}
			if d.Status().PID != 0 || exists(d.data()) {
				t.Error("Find started a daemon")
			}
		})
	}
}

func TestCommandErrorHasShellCommand(t *testing.T) {
	isolate(t)
	d := testDaemon(t)
	e := start(t, d)
	_, err := e.Output(t.Context(), "rm", "no such container")
	failed, ok := errors.AsType[*CommandError](err)
	if !ok || failed.ExitCode() != 1 || !strings.Contains(failed.Stderr, "No such container") {
		t.Fatalf("got %+v", err)
	}
	if want := "DOCKER_HOST=unix://" + d.Socket + " docker rm 'no such container'"; failed.Shell() != want {
		t.Errorf("shell command is %s, want %s", failed.Shell(), want)
	}
	if id, ok, err := e.ImageID(t.Context(), "nobody/has:it"); id != "" || ok || err != nil {
		t.Errorf("missing image: got %q, %v, %v", id, ok, err)
	}
}

func TestSurveyChangesNothing(t *testing.T) {
	isolate(t)
	d := testDaemon(t)
	s, err := Survey(t.Context(), Options{Daemon: d, Start: true})
	if err != nil || s.Engine != nil || s.None == nil || s.Own.PID != 0 {
		t.Errorf("got %+v, %v; want no engine", s, err)
	}
	start(t, d)
	s, err = Survey(t.Context(), Options{Daemon: d})
	if err != nil || s.Engine == nil || !s.Engine.Own || s.Own.PID == 0 || s.None != nil {
		t.Errorf("got %+v, %v; want podlab's own docker", s, err)
	}
}

func TestCandidatesFollowKindsOrder(t *testing.T) {
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
