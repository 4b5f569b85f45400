package image

import (
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// repository is where the real sources are.
var repository = os.DirFS("../..")

func testPlan(t *testing.T, sources fs.FS) *plan {
	t.Helper()
	p, err := newPlan(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// changedSources are the real ones with one file in another state.
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

func TestAChangeConcernsOnlyWhatIsMadeOfIt(t *testing.T) {
	before := entries(testPlan(t, repository))
	for name, want := range map[string][]string{
		"images/nginx/files/etc/nginx/conf.d/default.conf":  {"pack images into the node", "pack nginx"},
		"images/flannel/main.go":                            {"compile flannel", "download flannel", "pack flanneld", "pack images into the node"},
		"images/node/files/kind/manifests/default-cni.yaml": {"pack node's files"},
	} {
		t.Run(path.Base(name), func(t *testing.T) {
			var got []string
			after := entries(testPlan(t, changedSources(t, name, "\n# changed")))
			for name, entry := range after {
				if before[name] != entry {
					got = append(got, name)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("to be made anew: %q, want %q", got, want)
			}
		})
	}
}

// entries are what the steps of a plan make, by their names.
func entries(p *plan) map[string]string {
	byName := make(map[string]string)
	for _, s := range p.all {
		byName[s.name] = s.entry()
	}
	return byName
}

func TestStepNamesAreUnique(t *testing.T) {
	p := testPlan(t, repository)
	if got, want := len(entries(p)), len(p.all); got != want {
		t.Errorf("%d names for %d steps: durations and logs would be mixed up", got, want)
	}
}

func TestNodeNameFollowsTheToolchainSourcesDoNot(t *testing.T) {
	one, err := (&planner{sources: repository, goVersion: "go1.26.0"}).plan()
	if err != nil {
		t.Fatal(err)
	}
	two, err := (&planner{sources: repository, goVersion: "go1.26.1"}).plan()
	if err != nil {
		t.Fatal(err)
	}
	if one.nodeName() == two.nodeName() {
		t.Error("another toolchain, but the same node image")
	}
	if !regexp.MustCompile(`^podlab/node:v1\.\d+\.\d+-[0-9a-f]{12}$`).MatchString(one.nodeName()) {
		t.Errorf("the node image is called %s", one.nodeName())
	}
	known, err := sketch(repository)
	if err != nil || known.sources != testPlan(t, repository).sources {
		t.Errorf("sources %q, %v; want what a plan with a toolchain says", known.sources, err)
	}
}

// TestManifestsNameImagesThatAreInside looks at what kind will apply.
func TestManifestsNameImagesThatAreInside(t *testing.T) {
	inside := testPlan(t, repository).contents()
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
				t.Errorf("%s wants %s, which is not in the node image", manifest, image[1])
			}
		}
	}
}

func TestStudyImagesAreTheSameFromBothSources(t *testing.T) {
	inside := testPlan(t, repository).contents()
	for _, study := range studyPins {
		if !slices.Contains(inside, study.ref) {
			t.Errorf("%s is pulled, but not built", study.ref)
		}
	}
}

// kindModule is where the module is that podlab uses kind from.
func kindModule(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kind").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestNodePinIsKindsDefault(t *testing.T) {
	source, err := os.ReadFile(filepath.Join(kindModule(t), "pkg/apis/config/defaults/image.go"))
	if err != nil {
		t.Fatal(err)
	}
	if want := `"` + nodePin.short() + "@" + nodePin.digest + `"`; !strings.Contains(string(source), want) {
		t.Errorf("kind's default node image is not %s:\n%s", want, source)
	}
}

func TestContainerdConfigNamesThePauseThatIsThere(t *testing.T) {
	original, err := os.ReadFile(filepath.Join(kindModule(t), "images/base/files/etc/containerd/config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := containerdConfig(string(original))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(config, "sandbox_image") != 1 || !strings.Contains(config, `  sandbox_image = "`+pauseImage+`"`) {
		t.Errorf("does not name %s once:\n%s", pauseImage, config)
	}
	if !slices.Contains(testPlan(t, repository).contents(), pauseImage) {
		t.Errorf("%s is not in the node image", pauseImage)
	}
	template := strings.TrimPrefix(regexp.MustCompile(`conf_template = "(.*)"`).FindStringSubmatch(config)[1], "/")
	if _, err := fs.Stat(repository, "images/node/files/"+template); err != nil {
		t.Errorf("the template of the pods' network is not there: %v", err)
	}
	for _, line := range []string{"restrict_oom_score_adj = false", "SystemdCgroup = true"} {
		if !strings.Contains(config, line) {
			t.Errorf("kind's %q is lost", line)
		}
	}
	for _, bad := range []string{"", "sandbox_image = \"a\"\nsandbox_image = \"b\"\n"} {
		if got, err := containerdConfig(bad); err == nil {
			t.Errorf("made %q of %q, want an error", got, bad)
		}
	}
}

func TestMissingSourcesAreNamed(t *testing.T) {
	_, err := sketch(fstest.MapFS{"images/etcd/go.mod": {Data: []byte("module x\nrequire example.org/y v1.0.0\n")}})
	for _, want := range []string{"k8s.io/kubernetes", "images/etcd/go.mod does not require it"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
}
