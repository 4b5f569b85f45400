package cluster

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"podlab/internal/engine"
	"podlab/internal/image"
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
	archive := imageOf(t, ref, binary, &v1.ConfigFile{
		Architecture: e.Arch, OS: "linux",
		RootFS: v1.RootFS{Type: "layers"},
		Config: v1.Config{Entrypoint: []string{"/standin", how}},
	})
	if err := e.Load(t.Context(), archive); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = e.Output(context.Background(), "image", "rm", "--force", ref) })
	return &image.Images{Source: "packages", Node: ref, Kubernetes: "v0.0.0"}
}

func imageOf(t *testing.T, ref, binary string, config *v1.ConfigFile) io.Reader {
	t.Helper()
	data, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		var files bytes.Buffer
		w := tar.NewWriter(&files)
		err := w.WriteHeader(&tar.Header{Name: "standin", Mode: 0o755, Size: int64(len(data))})
		if err == nil {
			_, err = w.Write(data)
		}
		return io.NopCloser(&files), errors.Join(err, w.Close())
	})
	if err != nil {
		t.Fatal(err)
	}
	img, err := mutate.ConfigFile(empty.Image, config)
	if err == nil {
		img, err = mutate.AppendLayers(img, layer)
	}
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(ref)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := tarball.Write(tag, img, &archive); err != nil {
		t.Fatal(err)
	}
	return &archive
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

func TestFailedBringUpLeavesNothing(t *testing.T) {
	e := testEngine(t)
	_, err := Up(t.Context(), e, Config{Name: "cl-fail", Kind: []byte(twoNodes), Images: standIn(t, e, "fail")})
	if err == nil || !strings.Contains(err.Error(), "create cluster cl-fail") {
		t.Errorf("got %v, want that the cluster could not be created", err)
	}
	gone(t, newSite(e, "cl-fail", nil))
}

func TestInterruptedBringUpLeavesNothing(t *testing.T) {
	e := testEngine(t)
	s := newSite(e, "cl-stop", nil)
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	on := func() {
		go func() {
			defer cancel(interrupted)
			awaitContainer(t, s)
		}()
	}
	_, err := Up(ctx, e, Config{
		Name: s.name, Kind: []byte(twoNodes), Images: standIn(t, e, "stay"),
		Progress: cue{progress.Discard, preparing, on},
	})
	if !errors.Is(err, interrupted) {
		t.Errorf("got %v, want the interruption", err)
	}
	gone(t, s)
}

// awaitContainer returns when the cluster's first container is there. It asks
// again and again: events would have to be listened to from before.
func awaitContainer(t *testing.T, s *site) {
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

// A podlab that is killed can't remove anything; what it leaves is known for
// its own by the next, which neither uses it nor loses it.
func TestKilledBringUpIsKnown(t *testing.T) {
	e := testEngine(t)
	s := newSite(e, "cl-kill", nil)
	images := standIn(t, e, "stay")
	killed := exec.Command(os.Args[0])
	killed.Env = append(os.Environ(), bringUp+"="+s.name, bringUpImage+"="+images.Node)
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	awaitContainer(t, s)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()

	_, err := Up(t.Context(), e, Config{Name: s.name, Kind: []byte(twoNodes), Images: images})
	if _, ok := errors.AsType[*IllError](err); !ok {
		t.Errorf("up: got %v, want an IllError", err)
	}
	status, err := Look(t.Context(), e, s.name)
	if err != nil || !status.Ours || status.APIReady {
		t.Errorf("status: got %+v, %v; want ours, not ready", status, err)
	}
	if err := Down(t.Context(), e, s.name, nil); err != nil {
		t.Error(err)
	}
	gone(t, s)
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

func TestRetainKeepsWhatFailed(t *testing.T) {
	e := testEngine(t)
	s := newSite(e, "cl-keep", nil)
	said := &recorder{}
	_, err := Up(t.Context(), e, Config{Name: s.name, Kind: []byte(twoNodes), Images: standIn(t, e, "fail"), Retain: true, Progress: said})
	if err == nil {
		t.Fatal("came up")
	}
	defer discard(t, s)
	found, err := s.containers(t.Context())
	if err != nil || len(found) == 0 {
		t.Errorf("kept %q, %v; want the nodes", names(found), err)
	}
	if last := said.lines[len(said.lines)-1]; !strings.Contains(last, "its logs are in") {
		t.Errorf("said last %q, want where the logs are", last)
	}
	logs, err := filepath.Glob(filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "logs", s.name+"-*", "nodes", "*"))
	if err != nil || len(logs) == 0 {
		t.Errorf("logs %q, %v", logs, err)
	}
}

func TestForeignClusterIsLeftAlone(t *testing.T) {
	e := testEngine(t)
	s := newSite(e, "cl-foreign", nil)
	images := standIn(t, e, "stay")
	// As kind itself makes its containers, as far as names and labels go.
	_, err := e.Output(t.Context(), "run", "--detach", "--name", "cl-foreign-control-plane",
		"--label", clusterLabel+"="+s.name, "--label", roleLabel+"=control-plane",
		"--publish", "127.0.0.1:30902:80/tcp", images.Node)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = e.Output(context.Background(), "rm", "--force", "cl-foreign-control-plane") })

	isForeign := func(err error) bool {
		foreign, ok := errors.AsType[*ForeignError](err)
		return ok && strings.Contains(foreign.Error(), "--name")
	}
	for _, recreate := range []bool{false, true} {
		_, err = Up(t.Context(), e, Config{Name: s.name, Kind: []byte(twoNodes), Images: images, Recreate: recreate})
		if !isForeign(err) {
			t.Errorf("up, recreate %v: got %v, want a ForeignError", recreate, err)
		}
	}
	if err := Down(t.Context(), e, s.name, nil); !isForeign(err) {
		t.Errorf("down: got %v, want a ForeignError", err)
	}
	if err := s.remove(t.Context()); !isForeign(err) {
		t.Errorf("remove: got %v, want a ForeignError", err)
	}
	if found, err := s.containers(t.Context()); err != nil || len(found) != 1 || found[0].State.Status != "running" {
		t.Errorf("the cluster is not as it was: %+v, %v", found, err)
	}

	// And a port of its own is known for it.
	wants := twoNodes + "  extraPortMappings: [{containerPort: 1, hostPort: 30902}]\n"
	_, err = Up(t.Context(), e, Config{Name: "cl-port", Kind: []byte(wants), Images: images})
	inUse, ok := errors.AsType[*PortError](err)
	if !ok || inUse.Holder != "kind cluster cl-foreign (container cl-foreign-control-plane)" {
		t.Errorf("got %v, want that cl-foreign has the port", err)
	}
	gone(t, newSite(e, "cl-port", nil))
}

func TestDownWithoutACluster(t *testing.T) {
	e := testEngine(t)
	said := &recorder{}
	if err := Down(t.Context(), e, "cl-none", said); err != nil {
		t.Fatal(err)
	}
	if len(said.lines) != 1 || said.lines[0] != "say There is no cluster cl-none." {
		t.Errorf("said %q", said.lines)
	}
	_, err := Open(t.Context(), e, "cl-none")
	if _, ok := errors.AsType[*NotFoundError](err); !ok {
		t.Errorf("open: got %v, want a NotFoundError", err)
	}
	if status, err := Look(t.Context(), e, "cl-none"); err != nil || status.Exists {
		t.Errorf("look: got %+v, %v", status, err)
	}
}

func TestUpWithoutItsImage(t *testing.T) {
	e := testEngine(t)
	_, err := Up(t.Context(), e, Config{Name: "cl-none", Kind: []byte(twoNodes), Images: &image.Images{Node: "podlab.local/none:1"}})
	if err == nil || !strings.Contains(err.Error(), "has no image podlab.local/none:1") {
		t.Errorf("got %v", err)
	}
}
