package recipe

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// kindModule is the directory of the kind module that podlab uses.
func kindModule(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kind").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func TestContainerdConfigNamesThePauseInTheNode(t *testing.T) {
	original, err := os.ReadFile(filepath.Join(kindModule(t), "images/base/files/etc/containerd/config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	config, err := containerdConfig(string(original))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(config, "sandbox_image") != 1 || !strings.Contains(config, `  sandbox_image = "`+pauseImage+`"`) {
		t.Errorf("want %s exactly once:\n%s", pauseImage, config)
	}
	if !slices.Contains(newPlan(t, repository, "").Contents(), pauseImage) {
		t.Errorf("%s is not in the node image", pauseImage)
	}
	template := strings.TrimPrefix(regexp.MustCompile(`conf_template = "(.*)"`).FindStringSubmatch(config)[1], "/")
	if _, err := fs.Stat(repository, "images/node/files/"+template); err != nil {
		t.Errorf("the template of the pod network is missing: %v", err)
	}
	for _, line := range []string{"restrict_oom_score_adj = false", "SystemdCgroup = true"} {
		if !strings.Contains(config, line) {
			t.Errorf("kind's line %q is missing", line)
		}
	}
	for _, bad := range []string{"", "sandbox_image = \"a\"\nsandbox_image = \"b\"\n"} {
		if got, err := containerdConfig(bad); err == nil {
			t.Errorf("%q became %q, want an error", bad, got)
		}
	}
}
