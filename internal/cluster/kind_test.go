package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"podlab/internal/engine"
)

// fakeDocker puts a docker on PATH that fails, and records the DOCKER_HOST of each
// run.
func fakeDocker(t *testing.T) (hosts func() []string) {
	t.Helper()
	dir := t.TempDir()
	record := filepath.Join(dir, "hosts")
	script := "#!/bin/sh\necho \"${DOCKER_HOST-unset}\" >> '" + record + "'\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "docker"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	return func() []string {
		data, err := os.ReadFile(record)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(data))
	}
}

// unsetenv unsets a variable until the test ends.
func unsetenv(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "") // restores the variable
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

// A DOCKER_HOST that stayed would decide what the next engine.Find returns.
func TestKindReachesEngineWithoutChangingEnvironment(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	for _, name := range []string{"DOCKER_HOST", "KIND_EXPERIMENTAL_PROVIDER"} {
		unsetenv(t, name)
	}
	hosts := fakeDocker(t)
	h := newHandle(&engine.Engine{Provider: "docker", Binary: "docker", Host: "unix:///run/own.sock"}, "a", nil)
	if _, err := h.kubeconfig(record{}); err == nil {
		t.Fatal("got a kubeconfig from a docker that always fails")
	}
	for _, host := range hosts() {
		if host != "unix:///run/own.sock" {
			t.Errorf("kind ran docker with DOCKER_HOST %q, want the engine's host", host)
		}
	}
	for _, name := range []string{"DOCKER_HOST", "KIND_EXPERIMENTAL_PROVIDER"} {
		if value, ok := os.LookupEnv(name); ok {
			t.Errorf("%s=%s is left in the environment", name, value)
		}
	}
}

func TestDockerHostDuring(t *testing.T) {
	t.Setenv("DOCKER_HOST", "users")
	synctest.Test(t, func(t *testing.T) {
		d := newDockerHost()
		expect := func(when, want string) {
			t.Helper()
			if got := os.Getenv("DOCKER_HOST"); got != want {
				t.Errorf("%s: DOCKER_HOST is %q, want %q", when, got, want)
			}
		}
		begin := func(value string) (end chan struct{}) {
			end = make(chan struct{})
			go func() {
				err := d.during(value, func() error {
					<-end
					return os.ErrExist
				})
				if !errors.Is(err, os.ErrExist) {
					t.Errorf("got %v, want the error of the call", err)
				}
			}()
			synctest.Wait()
			return end
		}
		first, overlapping, waiting := begin("a"), begin("a"), begin("b")
		expect("during two calls", "a")
		close(first)
		synctest.Wait()
		expect("while another call runs", "a")
		close(overlapping)
		synctest.Wait()
		expect("after the calls that the last one waited for", "b")
		close(waiting)
		synctest.Wait()
		expect("after all calls", "users")

		unchanged := begin("")
		expect("during a call without a value", "users")
		close(unchanged)
	})
}
