package podlab_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Content and judging must not reach a cluster, not even through other packages.
// The linter's rules forbid direct imports; this test follows all of them.
func TestRooms(t *testing.T) {
	for _, room := range []struct {
		pkg     string
		without []string
	}{
		{"world", []string{"podlab/internal/", "k8s.io/", "github.com/"}},
		{"expect", []string{"podlab/internal/kube", "podlab/internal/node", "k8s.io/"}},
		{"lab", []string{"podlab/internal/kube", "podlab/internal/node", "k8s.io/"}},
		{"anatomy", []string{"podlab/internal/kube", "podlab/internal/node", "k8s.io/"}},
		{"report", []string{"podlab/internal/kube", "podlab/internal/node", "k8s.io/"}},
		{"runner", []string{"podlab/internal/kube", "podlab/internal/observe", "podlab/internal/node", "k8s.io/client-go"}},
		{"nodeprobe/server", []string{"podlab/internal/world", "podlab/internal/node/", "k8s.io/client-go", "k8s.io/api/", "cel.dev"}},
		{"image/graph", []string{"podlab/internal/image/oci", "podlab/internal/image/recipe", "podlab/internal/engine"}},
	} {
		self := "podlab/internal/" + room.pkg
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./internal/"+room.pkg).CombinedOutput()
		if err != nil {
			t.Errorf("list the imports of %s: %v: %s", self, err, out)
			continue
		}
		for _, dep := range strings.Fields(string(out)) {
			for _, forbidden := range room.without {
				if dep != self && strings.HasPrefix(dep, forbidden) {
					t.Errorf("%s reaches %s", self, dep)
				}
			}
		}
	}
}
