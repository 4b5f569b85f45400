//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/sys/capability"
)

func TestTarget(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--root /r --log /l --log-format json create --bundle /b --pid-file /p id", "/b/config.json"},
		{"--root=/r --systemd-cgroup run -b /b id", "/b/config.json"},
		{"create --bundle=/b id", "/b/config.json"},
		{"create id", "config.json"},
		{"--log exec create id --bundle", "config.json"},
		{"--root /r exec --process /tmp/p --detach id", "/tmp/p"},
		{"exec -p /tmp/p id", "/tmp/p"},
		{"exec id sh -p /tmp/p", ""},
		{"exec --tty --env A=b id sh -p /tmp/p", ""},
		{"--root /r state id", ""},
		{"--version", ""},
		{"", ""},
	} {
		if got, _ := target(strings.Fields(c.args)); got != c.want {
			t.Errorf("runc %s: reads %q, want %q", c.args, got, c.want)
		}
	}
}

func TestEditSpecRemovesMissingCapabilities(t *testing.T) {
	const spec = `{"ociVersion":"1.0.2","later":{"than":["this"]},"process":{"oomScoreAdj":-998,"args":["sh"],
		"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE","CAP_FROM_THE_FUTURE"],"ambient":["CAP_SYS_RESOURCE"]}}}`
	for _, c := range []struct {
		name    string
		missing []string
		want    string
	}{
		{"none missing", nil, spec},
		{"CAP_SYS_RESOURCE missing", []string{"CAP_BPF", "CAP_SYS_RESOURCE"}, `{"ociVersion":"1.0.2","later":{"than":["this"]},"process":{"args":["sh"],
			"capabilities":{"bounding":["CAP_CHOWN","CAP_FROM_THE_FUTURE"],"ambient":[]}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := editSpec([]byte(spec), c.missing)
			if err != nil {
				t.Fatal(err)
			}
			if g, w := normal(t, got), normal(t, []byte(c.want)); g != w {
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
		})
	}
}

func TestEditProcessKeepsPositiveOOMScore(t *testing.T) {
	got, err := editProcess([]byte(`{"oomScoreAdj":500}`), []string{"CAP_SYS_RESOURCE"})
	if err != nil || normal(t, got) != `{"oomScoreAdj":500}` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestEditSpecRejectsUnknownStructure(t *testing.T) {
	for _, spec := range []string{"", "[]", `{"process":3}`, `{"process":{"capabilities":{"bounding":"all"}}}`} {
		if got, err := editSpec([]byte(spec), nil); err == nil {
			t.Errorf("%s became %s", spec, got)
		}
	}
}

func normal(t *testing.T, data []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// runc starts a container that asks for every capability that the kernel knows.
func TestRuncStartsContainerWithAllCapabilities(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("starting containers takes root")
	}
	if _, err := exec.LookPath("runc"); err != nil {
		t.Skip("runc is not installed")
	}
	runtime, bundle := build(t), t.TempDir()
	root := filepath.Join(bundle, "rootfs")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", runtime, filepath.Join(root, "podlab-oci")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	writeSpec(t, bundle)
	out, err := exec.Command(runtime, "--root", t.TempDir(), "run", "--bundle", bundle, "podlab-oci-test").CombinedOutput()
	if err != nil {
		t.Fatalf("run: %v: %s", err, out)
	}
	var host bytes.Buffer
	if err := printMissing(&host); err != nil {
		t.Fatal(err)
	}
	if string(out) != host.String() {
		t.Errorf("the container printed %q, want the same as on the host, %q", out, host.String())
	}
}

// writeSpec writes runc's default specification, with every capability that the
// kernel knows and a negative OOM score.
func writeSpec(t *testing.T, bundle string) {
	t.Helper()
	if out, err := exec.Command("runc", "spec", "--bundle", bundle).CombinedOutput(); err != nil {
		t.Fatalf("runc spec: %v: %s", err, out)
	}
	path := filepath.Join(bundle, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var spec map[string]any
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	supported, err := capability.ListSupported()
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, c := range supported {
		known = append(known, "CAP_"+strings.ToUpper(c.String()))
	}
	process := spec["process"].(map[string]any)
	process["args"] = []string{"/podlab-oci", "version"}
	process["terminal"] = false
	process["oomScoreAdj"] = -500
	process["capabilities"] = map[string]any{"bounding": known, "effective": known, "permitted": known}
	if data, err = json.Marshal(spec); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "podlab-oci")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v: %s", err, out)
	}
	return path
}
