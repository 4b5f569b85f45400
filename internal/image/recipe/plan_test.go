package recipe

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"podlab/internal/image/graph"
)

// repository has the real sources.
var repository = os.DirFS("../../..")

func newPlan(t *testing.T, sources fs.FS, toolchain string) *Plan {
	t.Helper()
	p, err := New(sources, toolchain)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// changedSources are the real sources with content added to one file.
func changedSources(t *testing.T, name, content string) fs.FS {
	t.Helper()
	changed := make(fstest.MapFS)
	err := fs.WalkDir(repository, "images", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		data, err := fs.ReadFile(repository, name)
		changed[name] = &fstest.MapFile{Data: data, Mode: info.Mode()}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if changed[name] == nil {
		t.Fatalf("there is no %s", name)
	}
	changed[name].Data = append(changed[name].Data, content...)
	return changed
}

func TestAChangeAffectsOnlyTheStepsThatDependOnIt(t *testing.T) {
	before := ids(newPlan(t, repository, ""))
	for name, want := range map[string][]string{
		"images/nginx/files/etc/nginx/conf.d/default.conf":  {"pack images into the node", "pack nginx"},
		"images/flannel/main.go":                            {"compile flannel", "download flannel", "pack flanneld", "pack images into the node"},
		"images/node/files/kind/manifests/default-cni.yaml": {"pack node's files"},
	} {
		t.Run(path.Base(name), func(t *testing.T) {
			var got []string
			for step, id := range ids(newPlan(t, changedSources(t, name, "\n# changed"), "")) {
				if before[step] != id {
					got = append(got, step)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("affected %q, want %q", got, want)
			}
		})
	}
}

// ids are the IDs of a plan's steps by their names.
func ids(p *Plan) map[string]string {
	byName := make(map[string]string)
	for _, s := range graph.Closure(p.Layers...) {
		byName[s.Name] = s.ID()
	}
	return byName
}

func TestStepNamesAreUnique(t *testing.T) {
	p := newPlan(t, repository, "")
	if got, want := len(ids(p)), len(graph.Closure(p.Layers...)); got != want {
		t.Errorf("%d names for %d steps: they would share logs and durations", got, want)
	}
}

func TestKeyDependsOnTheToolchain(t *testing.T) {
	if one, two := newPlan(t, repository, "go1.26.0").Key(), newPlan(t, repository, "go1.26.1").Key(); one == two {
		t.Errorf("two toolchains have the same key %s", one)
	}
}

func TestToolchainNamesGosVersion(t *testing.T) {
	if got, err := Toolchain(t.Context()); err != nil || !strings.HasPrefix(got, "go") {
		t.Errorf("got %q, %v; want a version of Go first", got, err)
	}
}

// TestManifestsNameImagesInTheNode looks at the manifests that kind applies.
func TestManifestsNameImagesInTheNode(t *testing.T) {
	inside := newPlan(t, repository, "").Contents()
	named := regexp.MustCompile(`(?m)(?:image: |--helper-image\n\s+- )(\S+)$`)
	manifests, err := fs.Glob(repository, "images/node/files/kind/manifests/*.yaml")
	if err != nil || len(manifests) != 2 {
		t.Fatalf("manifests %v, %v", manifests, err)
	}
	for _, manifest := range manifests {
		data, err := fs.ReadFile(repository, manifest)
		if err != nil {
			t.Fatal(err)
		}
		images := named.FindAllSubmatch(data, -1)
		if len(images) == 0 {
			t.Errorf("%s names no image", manifest)
		}
		for _, image := range images {
			if !slices.Contains(inside, string(image[1])) {
				t.Errorf("%s names %s, which is not in the node image", manifest, image[1])
			}
		}
	}
}

func TestMissingSourcesAreNamed(t *testing.T) {
	_, err := New(fstest.MapFS{"images/etcd/go.mod": {Data: []byte("module x\nrequire example.org/y v1.0.0\n")}}, "")
	for _, want := range []string{"k8s.io/kubernetes", "images/etcd/go.mod does not require it"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
