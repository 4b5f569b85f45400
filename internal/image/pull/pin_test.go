package pull

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestNodePinIsKindsDefault(t *testing.T) {
	dir, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kind").Output()
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "pkg/apis/config/defaults/image.go"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"` + NodePin.Short() + "@" + NodePin.Digest + `"`; !strings.Contains(string(source), want) {
		t.Errorf("kind's default node image is not %s:\n%s", want, source)
	}
}

func TestPinsReferences(t *testing.T) {
	p := Pin{Ref: "localhost:5000/mine/nginx:alpine", Digest: "sha256:00"}
	if got, want := p.ByDigest(), "localhost:5000/mine/nginx@sha256:00"; got != want {
		t.Errorf("by digest %s, want %s", got, want)
	}
	if got, want := p.Tag(), "alpine"; got != want {
		t.Errorf("tag %s, want %s", got, want)
	}
	for _, p := range StudyPins {
		if strings.HasPrefix(p.Short(), "docker.io/") || strings.HasPrefix(p.Short(), "library/") {
			t.Errorf("%s is not short", p.Short())
		}
	}
}
