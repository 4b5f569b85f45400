package doctor

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"podlab/internal/engine"
)

// fakeEngine returns an engine whose command runs a shell script.
func fakeEngine(t *testing.T, script string) *engine.Engine {
	t.Helper()
	path := filepath.Join(t.TempDir(), "docker")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return &engine.Engine{Provider: "docker", Binary: path}
}

func TestCheckPort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	number := l.Addr().(*net.TCPAddr).Port
	for _, c := range []struct {
		name               string
		engine             *engine.Engine
		container, cluster string
	}{
		{"no engine", nil, "", ""},
		{"no container", fakeEngine(t, "exit 0"), "", ""},
		{"a container", fakeEngine(t, "echo web"), "web", ""},
		{"a node", fakeEngine(t, "echo myk8s-worker myk8s"), "myk8s-worker", "myk8s"},
		{"two containers", fakeEngine(t, "echo myk8s-worker myk8s; echo web"), "myk8s-worker", "myk8s"},
		{"an engine that fails", fakeEngine(t, "echo web; exit 1"), "", ""},
	} {
		p := checkPort(t.Context(), c.engine, number)
		if !errors.Is(p.Busy, syscall.EADDRINUSE) || p.Container != c.container || p.Cluster != c.cluster {
			t.Errorf("%s: got %+v, want container %q and cluster %q", c.name, p, c.container, c.cluster)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if p := checkPort(t.Context(), nil, number); p.Busy != nil {
		t.Errorf("free port: got %+v", p)
	}
}
