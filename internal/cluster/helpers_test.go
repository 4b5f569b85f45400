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

// testEngine is the machine's engine. State goes to a directory of the test's
// own.
func testEngine(t *testing.T) *engine.Engine {
	t.Helper()
	if testing.Short() {
		t.Skip("takes an engine, and seconds: not with -short")
	}
	e, err := engine.Find(t.Context(), engine.Options{})
	if err != nil {
		t.Skipf("there is no engine: %v", err)
	}
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	return e
}

// standIn puts a node image into the engine that is not one: its only process
// ends at once ("fail"), or does nothing at all ("stay"). Whatever kind makes of
// it comes to nothing, quickly.
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

// gone fails the test unless there is nothing left of the cluster, and removes
// it in any case.
func gone(t *testing.T, s *site) {
	t.Helper()
	found, err := s.containers(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(found) > 0 {
		t.Errorf("left %q", names(found))
		discard(t, s)
	}
	dir, err := s.dir()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("left %s", dir)
	}
}

func discard(t *testing.T, s *site) {
	t.Helper()
	if err := s.remove(context.Background()); err != nil {
		t.Error(err)
	}
}

// A cue is a Reporter that calls on when a step of that name begins.
type cue struct {
	progress.Reporter
	name string
	on   func()
}

func (c cue) Begin(what string, last time.Duration) progress.Step {
	if what == c.name {
		c.on()
	}
	return c.Reporter.Begin(what, last)
}

// awaitContainer returns when the cluster's first container is there. It asks
// again and again: events would have to be listened to from before.
func awaitContainer(t *testing.T, s *site) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		<-tick.C
		if found, err := s.containers(context.Background()); err != nil || len(found) > 0 {
			return
		}
	}
	t.Error("no container came into being")
}

// With these in its environment the test binary brings up a cluster of that
// name from that node image.
const (
	bringUp      = "PODLAB_TEST_BRING_UP"
	bringUpImage = "PODLAB_TEST_BRING_UP_IMAGE"
)

func TestMain(m *testing.M) {
	if cluster := os.Getenv(bringUp); cluster != "" {
		e, err := engine.Find(context.Background(), engine.Options{})
		if err == nil {
			_, err = Up(context.Background(), e, Config{
				Name: cluster, Kind: []byte(twoNodes), Images: &image.Images{Node: os.Getenv(bringUpImage)},
			})
		}
		_, _ = io.WriteString(os.Stderr, err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}
