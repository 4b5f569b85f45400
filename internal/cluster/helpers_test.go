package cluster

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/image/oci"
	"podlab/internal/progress"
)

// testEngine returns the machine's engine, and gives the test its own state
// directory.
func testEngine(t *testing.T) *engine.Engine {
	t.Helper()
	if testing.Short() {
		t.Skip("takes an engine and seconds: skipped with -short")
	}
	e, err := engine.Find(t.Context(), engine.Options{})
	if err != nil {
		t.Skipf("no engine: %v", err)
	}
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	return e
}

// standIn loads a fake node image into the engine. Its only process exits at once
// (how is "fail") or does nothing ("stay"). With either, kind quickly fails to
// create a cluster.
func standIn(t *testing.T, e *engine.Engine, how string) *image.Images {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "standin")
	build := exec.Command("go", "build", "-o", binary, "./testdata/standin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+e.Arch)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the stand-in: %v\n%s", err, out)
	}
	ref := "podlab.local/cl-standin-" + how + ":1"
	data, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	program := oci.Program{Name: "standin", Data: data, Args: []string{how}}
	if err := program.Save(&archive, ref, e.Arch); err != nil {
		t.Fatal(err)
	}
	if err := e.Load(t.Context(), &archive); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = e.Output(context.Background(), "image", "rm", "--force", ref) })
	return &image.Images{Source: "packages", Node: ref, Kubernetes: "v0.0.0"}
}

// expectGone fails the test if containers or files of the cluster are left, and
// removes the containers.
func expectGone(t *testing.T, h *handle) {
	t.Helper()
	found, err := h.containers(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		t.Errorf("containers %q are left", names(found))
		removeContainers(t, h)
	}
	dir, err := h.dir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left", dir)
	}
}

func removeContainers(t *testing.T, h *handle) {
	t.Helper()
	if err := h.removeContainers(context.Background()); err != nil {
		t.Error(err)
	}
}

// A stepHook is a Reporter that calls a function when a step begins.
type stepHook struct {
	progress.Reporter
	step string
	call func()
}

func (h stepHook) Begin(what string, last time.Duration) progress.Step {
	if what == h.step {
		h.call()
	}
	return h.Reporter.Begin(what, last)
}

// awaitContainer waits until the cluster has a container. It polls, because the
// engine's events do not tell about earlier containers.
func awaitContainer(t *testing.T, h *handle) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		<-tick.C
		if found, err := h.containers(context.Background()); err != nil || len(found) > 0 {
			return
		}
	}
	t.Error("timed out waiting for a container")
}

// With these variables in its environment, the test binary creates the cluster
// with this name from this node image.
const (
	upCluster = "PODLAB_TEST_UP_CLUSTER"
	upImage   = "PODLAB_TEST_UP_IMAGE"
)

func TestMain(m *testing.M) {
	if cluster := os.Getenv(upCluster); cluster != "" {
		e, err := engine.Find(context.Background(), engine.Options{})
		if err == nil {
			_, err = Up(context.Background(), e, Config{
				Name: cluster, Kind: []byte(twoNodes), Images: &image.Images{Node: os.Getenv(upImage)},
			})
		}
		_, _ = io.WriteString(os.Stderr, err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}
