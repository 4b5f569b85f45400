package image

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"podlab/internal/image/pull"
	"podlab/internal/image/recipe"
)

// repository has the real sources.
var repository = os.DirFS("../..")

func newPlan(t *testing.T) *recipe.Plan {
	t.Helper()
	toolchain, err := recipe.Toolchain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := recipe.New(repository, toolchain)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNodeNameHasVersionAndKey(t *testing.T) {
	if name := nodeName(newPlan(t)); !regexp.MustCompile(`^podlab/node:v1\.\d+\.\d+-[0-9a-f]{12}$`).MatchString(name) {
		t.Errorf("the node image is called %s", name)
	}
}

func TestStudyImagesAreTheSameFromBothSources(t *testing.T) {
	inside := newPlan(t).Contents()
	for _, study := range pull.StudyPins {
		if !slices.Contains(inside, study.Ref) {
			t.Errorf("podlab pulls %s but does not build it", study.Ref)
		}
	}
}
