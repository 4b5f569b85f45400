package runtimetest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"testing"
	"time"

	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"

	"podlab/internal/image/oci"
)

// ActorImage is an image with one program, an actor. It is the sandbox image too.
const ActorImage = "podlab.test/actor:1"

// importImage imports ActorImage into the runtime.
func (r *Runtime) importImage(t testing.TB) {
	t.Helper()
	load := exec.Command("ctr", "--address", r.Socket, "--namespace", "k8s.io", "images", "import", "--no-unpack", ActorArchive(t))
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("import the actor image: %v\n%s", err, out)
	}
	// CRI learns of the image some time later, and has no events for images.
	retry := time.NewTicker(10 * time.Millisecond)
	defer retry.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; <-retry.C {
		reply, err := r.images.ImageStatus(t.Context(), &runtime.ImageStatusRequest{Image: &runtime.ImageSpec{Image: ActorImage}})
		if err == nil && reply.GetImage() != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("CRI does not find the imported actor image: %v", err)
		}
	}
}

// ActorArchive builds ActorImage and returns the path of an archive in the format
// of "docker save".
func ActorArchive(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	program, archive := filepath.Join(dir, "actor"), filepath.Join(dir, "actor.tar")
	build := exec.Command("go", "build", "-o", program, "podlab/internal/testkit/runtimetest/actor")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the actor: %v\n%s", err, out)
	}
	if err := writeImage(program, archive); err != nil {
		t.Fatalf("make the actor image: %v", err)
	}
	return archive
}

func writeImage(program, archive string) error {
	data, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	file, err := os.Create(archive)
	if err != nil {
		return err
	}
	image := oci.Program{Name: "actor", Data: data, Env: []string{"PODLAB_TEST_ACTOR=forever idle"}}
	return errors.Join(image.Save(file, ActorImage, goruntime.GOARCH), file.Close())
}
