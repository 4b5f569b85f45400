//go:build linux

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
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
			t.Errorf("runc %s: got file %q, want %q", c.args, got, c.want)
		}
	}
}

func TestEditSpecRemovesWhatTheHostLacks(t *testing.T) {
	const spec = `{"ociVersion":"1.0.2","later":{"than":["this"]},"process":{"oomScoreAdj":-998,"args":["sh"],
		"capabilities":{"bounding":["CAP_CHOWN","CAP_SYS_RESOURCE","CAP_FROM_THE_FUTURE"],"ambient":["CAP_SYS_RESOURCE"]}}}`
	without := ^uint64(1 << slices.Index(capabilities[:], "CAP_SYS_RESOURCE"))
	for _, c := range []struct {
		name string
		set  uint64
		want string
	}{
		{"the host has all capabilities", ^uint64(0), spec},
		{"the host lacks CAP_SYS_RESOURCE", without, `{"ociVersion":"1.0.2","later":{"than":["this"]},"process":{"args":["sh"],
			"capabilities":{"bounding":["CAP_CHOWN","CAP_FROM_THE_FUTURE"],"ambient":[]}}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := editSpec([]byte(spec), c.set)
			if err != nil {
				t.Fatal(err)
			}
			if g, w := normal(t, got), normal(t, []byte(c.want)); g != w {
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
		})
	}
}

func TestEditProcessKeepsAHigherScore(t *testing.T) {
	got, err := editProcess([]byte(`{"oomScoreAdj":500}`), 0)
	if err != nil || normal(t, got) != `{"oomScoreAdj":500}` {
		t.Errorf("got %s, %v", got, err)
	}
}

func TestEditRefusesInvalidSpecs(t *testing.T) {
	for _, spec := range []string{"", "[]", `{"process":3}`, `{"process":{"capabilities":{"bounding":"all"}}}`} {
		if got, err := editSpec([]byte(spec), 0); err == nil {
			t.Errorf("edit %s: got %s, want an error", spec, got)
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

// TestRuncStartsPrivilegedContainer has runc start a container that asks for every
// capability that the kernel knows.
func TestRuncStartsPrivilegedContainer(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can start containers")
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
	set, err := bounding()
	if err != nil {
		t.Fatal(err)
	}
	inside, err := parseBounding([]byte("\nCapBnd:\t" + strings.TrimSpace(strings.TrimPrefix(string(out), "podlab-oci CapBnd "))))
	if err != nil || inside&^set != 0 || inside == 0 {
		t.Errorf("bounding set in the container: %s (%v), on the host: %x", out, err, set)
	}
}

// writeSpec writes runc's default specification, with all capabilities requested.
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
	known := make([]string, 0, len(capabilities))
	last, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := json.Unmarshal(last, &n); err != nil {
		t.Fatal(err)
	}
	known = append(known, capabilities[:min(n+1, len(capabilities))]...)
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
