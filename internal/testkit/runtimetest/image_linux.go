package runtimetest

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	goruntime "runtime"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	runtime "k8s.io/cri-api/pkg/apis/runtime/v1"
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
	content, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	if err := w.WriteHeader(&tar.Header{Name: "actor", Mode: 0o755, Size: int64(len(content))}); err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files.Bytes())), nil })
	if err != nil {
		return err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", goruntime.GOARCH
	config.Config.Entrypoint = []string{"/actor"}
	config.Config.Env = []string{"PODLAB_TEST_ACTOR=forever idle"}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return err
	}
	tag, err := name.NewTag(ActorImage)
	if err != nil {
		return err
	}
	return tarball.WriteToFile(archive, tag, image)
}
