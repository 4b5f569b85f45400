package cluster

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"podlab/internal/image"
	"podlab/internal/progress"
)

func TestFailedBringUpLeavesNothing(t *testing.T) {
	e := testEngine(t)
	_, err := Up(t.Context(), e, Config{Name: "cl-fail", Kind: []byte(twoNodes), Images: standIn(t, e, "fail")})
	if err == nil || !strings.Contains(err.Error(), "create cluster cl-fail") {
		t.Fatalf("got %v, want that the cluster could not be created", err)
	}
	if !strings.Contains(err.Error(), "node cl-fail-worker has ended, and said at last:\nstandin: told to fail\n") {
		t.Errorf("%q has no last words", err)
	}
	gone(t, newSite(e, "cl-fail", nil))
}

func TestInterruptedBringUpLeavesNothing(t *testing.T) {
	e := testEngine(t)
	t.Run("while nodes are made", func(t *testing.T) {
		interrupt(t, newSite(e, "cl-stop", nil), standIn(t, e, "stay"), preparing)
	})
	t.Run("while the control plane starts", func(t *testing.T) {
		interrupt(t, newSite(e, "cl-stop-init", nil), nodeImage(t, e), "Starting control-plane")
	})
	t.Run("while images are loaded", func(t *testing.T) {
		images := nodeImage(t, e)
		images.Load = []string{standIn(t, e, "stay").Node}
		interrupt(t, newSite(e, "cl-stop-load", nil), images, loading)
	})
}

// interrupt brings up a cluster and interrupts that in a phase of kind's, as
// soon as there is a container to be removed.
func interrupt(t *testing.T, s *site, images *image.Images, phase string) {
	t.Helper()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	on := func() { cancel(interrupted) }
	if phase == preparing {
		on = func() {
			go func() {
				defer cancel(interrupted)
				awaitContainer(t, s)
			}()
		}
	}
	_, err := Up(ctx, s.engine, Config{
		Name: s.name, Kind: []byte(twoNodes), Images: images,
		Progress: cue{progress.Discard, phase, on},
	})
	if !errors.Is(err, interrupted) {
		t.Errorf("got %v, want the interruption", err)
	}
	gone(t, s)
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
