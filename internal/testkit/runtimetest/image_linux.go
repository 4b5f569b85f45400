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

// ActorImage is the image of actors: one program, which is the sandboxes'
// pause too.
const ActorImage = "podlab.test/actor:1"

// importActors gives the image of actors to the runtime.
func (r *Runtime) importActors(t testing.TB) {
	t.Helper()
	load := exec.Command("ctr", "--address", r.Socket, "--namespace", "k8s.io", "images", "import", "--no-unpack", ActorArchive(t))
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("import the image of actors: %v\n%s", err, out)
	}
	// CRI hears of images from containerd some time later, and has no events.
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(30 * time.Second); ; <-again.C {
		reply, err := r.images.ImageStatus(t.Context(), &runtime.ImageStatusRequest{Image: &runtime.ImageSpec{Image: ActorImage}})
		if err == nil && reply.GetImage() != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the image of actors was imported and is not there: %v", err)
		}
	}
}

// ActorArchive builds the image of actors and returns the path of its archive,
// as docker save makes them.
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
		t.Fatalf("make the image of actors: %v", err)
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
