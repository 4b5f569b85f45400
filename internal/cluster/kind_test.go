package cluster

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"podlab/internal/engine"
)

// fakeDocker puts a docker on PATH that fails and records the DOCKER_HOST it
// was given, one line for each run.
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

// unsetenv removes a variable from the environment until the test ends.
func unsetenv(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "") // restores the variable
	if err := os.Unsetenv(name); err != nil {
		t.Fatal(err)
	}
}

func TestKindReachesTheEngineWithoutChangingTheEnvironment(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	for _, name := range []string{"DOCKER_HOST", "KIND_EXPERIMENTAL_PROVIDER"} {
		unsetenv(t, name)
	}
	hosts := fakeDocker(t)
	s := newSite(&engine.Engine{Provider: "docker", Binary: "docker", Host: "unix:///run/own.sock"}, "a", nil)
	if _, err := s.kubeconfig(false); err == nil {
		t.Fatal("got a kubeconfig from a docker that always fails")
	}
	for _, host := range hosts() {
		if host != "unix:///run/own.sock" {
			t.Errorf("kind ran docker with DOCKER_HOST %q, want the engine's", host)
		}
	}
	for _, name := range []string{"DOCKER_HOST", "KIND_EXPERIMENTAL_PROVIDER"} {
		if value, ok := os.LookupEnv(name); ok {
			t.Errorf("%s=%s is left in the environment, which decides what the next engine.Find returns", name, value)
		}
	}
}
