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

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// actorImage is the image of actors: one program, which is the sandboxes'
// pause too.
const actorImage = "podlab.test/actor:1"

// importActors builds the image of actors and gives it to the runtime.
func (r *Runtime) importActors(t testing.TB) {
	t.Helper()
	program := filepath.Join(r.dir, "actor")
	build := exec.Command("go", "build", "-o", program, "podlab/internal/nodeprobe/runtimetest/actor")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the actor: %v\n%s", err, out)
	}
	archive := filepath.Join(r.dir, "actor.tar")
	if err := writeImage(program, archive); err != nil {
		t.Fatalf("make the image of actors: %v", err)
	}
	load := exec.Command("ctr", "--address", r.Socket, "--namespace", "k8s.io", "images", "import", "--no-unpack", archive)
	if out, err := load.CombinedOutput(); err != nil {
		t.Fatalf("import the image of actors: %v\n%s", err, out)
	}
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
	tag, err := name.NewTag(actorImage)
	if err != nil {
		return err
	}
	return tarball.WriteToFile(archive, tag, image)
}
