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

func TestFailedUpLeavesNothing(t *testing.T) {
	e := testEngine(t)
	_, err := Up(t.Context(), e, Config{Name: "cl-fail", Kind: []byte(twoNodes), Images: standIn(t, e, "fail")})
	if err == nil || !strings.Contains(err.Error(), "create cluster cl-fail") {
		t.Fatalf("got %v, want an error about creating the cluster", err)
	}
	if !strings.Contains(err.Error(), "node cl-fail-worker exited, its last log lines are:\nstandin: told to fail\n") {
		t.Errorf("error %q does not contain the log of the worker", err)
	}
	expectGone(t, newHandle(e, "cl-fail", nil))
}

func TestInterruptedUpLeavesNothing(t *testing.T) {
	e := testEngine(t)
	t.Run("while kind creates nodes", func(t *testing.T) {
		interrupt(t, newHandle(e, "cl-stop", nil), standIn(t, e, "stay"), preparing)
	})
	t.Run("while the control plane starts", func(t *testing.T) {
		interrupt(t, newHandle(e, "cl-stop-init", nil), nodeImage(t, e), "Starting control-plane")
	})
	t.Run("while images load", func(t *testing.T) {
		images := nodeImage(t, e)
		images.Load = []string{standIn(t, e, "stay").Node}
		interrupt(t, newHandle(e, "cl-stop-load", nil), images, loadingImages)
	})
}

// interrupt interrupts Up in a phase, as soon as there is a container to remove.
func interrupt(t *testing.T, h *handle, images *image.Images, phase string) {
	t.Helper()
	interrupted := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	call := func() { cancel(interrupted) }
	if phase == preparing {
		call = func() {
			go func() {
				defer cancel(interrupted)
				awaitContainer(t, h)
			}()
		}
	}
	_, err := Up(ctx, h.engine, Config{
		Name: h.name, Kind: []byte(twoNodes), Images: images,
		Progress: stepHook{progress.Discard, phase, call},
	})
	if !errors.Is(err, interrupted) {
		t.Errorf("got %v, want %v", err, interrupted)
	}
	expectGone(t, h)
}

// A killed podlab leaves containers behind. The next podlab recognizes them as its
// own, does not use them, and can remove them.
func TestDownRemovesClusterOfKilledUp(t *testing.T) {
	e := testEngine(t)
	h := newHandle(e, "cl-kill", nil)
	images := standIn(t, e, "stay")
	killed := exec.Command(os.Args[0])
	killed.Env = append(os.Environ(), upCluster+"="+h.name, upImage+"="+images.Node)
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	awaitContainer(t, h)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()

	_, err := Up(t.Context(), e, Config{Name: h.name, Kind: []byte(twoNodes), Images: images})
	if _, ok := errors.AsType[*UnusableError](err); !ok {
		t.Errorf("up: got %v, want an UnusableError", err)
	}
	status, err := GetStatus(t.Context(), e, h.name)
	if err != nil || !status.Ours || status.APIReady {
		t.Errorf("status: got %+v, %v; want ours, not ready", status, err)
	}
	if err := Down(t.Context(), e, h.name, nil); err != nil {
		t.Error(err)
	}
	expectGone(t, h)
}

func TestRetainKeepsNodesAndLogs(t *testing.T) {
	e := testEngine(t)
	h := newHandle(e, "cl-keep", nil)
	report := &recorder{}
	_, err := Up(t.Context(), e, Config{Name: h.name, Kind: []byte(twoNodes), Images: standIn(t, e, "fail"), Retain: true, Progress: report})
	if err == nil {
		t.Fatal("Up succeeded with a node that fails")
	}
	defer removeContainers(t, h)
	found, err := h.containers(t.Context())
	if err != nil || len(found) == 0 {
		t.Errorf("containers are %q, %v; want the nodes", names(found), err)
	}
	if last := report.lines[len(report.lines)-1]; !strings.Contains(last, "its logs are in") {
		t.Errorf("the last message is %q, want the path of the logs", last)
	}
	logs, err := filepath.Glob(filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "logs", h.name+"-*", "nodes", "*"))
	if err != nil || len(logs) == 0 {
		t.Errorf("the log files of nodes are %q, %v", logs, err)
	}
}

func TestForeignClusterStays(t *testing.T) {
	e := testEngine(t)
	h := newHandle(e, "cl-foreign", nil)
	images := standIn(t, e, "stay")
	// The container has the name and the labels that kind gives.
	_, err := e.Output(t.Context(), "run", "--detach", "--name", "cl-foreign-control-plane",
		"--label", clusterLabel+"="+h.name, "--label", roleLabel+"=control-plane",
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
		_, err = Up(t.Context(), e, Config{Name: h.name, Kind: []byte(twoNodes), Images: images, Recreate: recreate})
		if !isForeign(err) {
			t.Errorf("up, recreate %v: got %v, want a ForeignError", recreate, err)
		}
	}
	if err := Down(t.Context(), e, h.name, nil); !isForeign(err) {
		t.Errorf("down: got %v, want a ForeignError", err)
	}
	if err := h.removeContainers(t.Context()); !isForeign(err) {
		t.Errorf("removeContainers: got %v, want a ForeignError", err)
	}
	if found, err := h.containers(t.Context()); err != nil || len(found) != 1 || found[0].State.Status != "running" {
		t.Errorf("the containers are %+v, %v; want one that is running", found, err)
	}

	// A port error names the cluster that publishes the port.
	config := twoNodes + "  extraPortMappings: [{containerPort: 1, hostPort: 30902}]\n"
	_, err = Up(t.Context(), e, Config{Name: "cl-port", Kind: []byte(config), Images: images})
	inUse, ok := errors.AsType[*PortError](err)
	if !ok || inUse.Holder != "kind cluster cl-foreign (container cl-foreign-control-plane)" {
		t.Errorf("got %v, want a PortError with holder cl-foreign", err)
	}
	expectGone(t, newHandle(e, "cl-port", nil))
}

func TestDownWithoutACluster(t *testing.T) {
	e := testEngine(t)
	report := &recorder{}
	if err := Down(t.Context(), e, "cl-none", report); err != nil {
		t.Fatal(err)
	}
	if len(report.lines) != 1 || report.lines[0] != "log There is no cluster cl-none." {
		t.Errorf("got %q", report.lines)
	}
	_, err := Open(t.Context(), e, "cl-none")
	if _, ok := errors.AsType[*NotFoundError](err); !ok {
		t.Errorf("open: got %v, want a NotFoundError", err)
	}
	if status, err := GetStatus(t.Context(), e, "cl-none"); err != nil || status.Exists {
		t.Errorf("status: got %+v, %v; want a missing cluster", status, err)
	}
}

func TestUpWithoutNodeImage(t *testing.T) {
	e := testEngine(t)
	_, err := Up(t.Context(), e, Config{Name: "cl-none", Kind: []byte(twoNodes), Images: &image.Images{Node: "podlab.local/none:1"}})
	if err == nil || !strings.Contains(err.Error(), "has no image podlab.local/none:1") {
		t.Errorf("got %v, want an error about the image", err)
	}
}
