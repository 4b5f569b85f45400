package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

// bystander is the name of a container, a network and a volume that podlab must not touch.
const bystander = "podlab-e2e-bystander"

// bystanders creates the bystanders and a kubeconfig of the user.
func bystanders() {
	GinkgoHelper()
	for _, what := range []string{"container", "volume", "network"} { // left by a killed suite
		args := []string{what, "rm", bystander}
		if what == "container" {
			args = append(args, "--force")
		}
		_, _ = host.Output(context.Background(), args...)
	}
	docker("network", "create", bystander)
	DeferCleanup(docker, "network", "rm", bystander)
	docker("volume", "create", bystander)
	DeferCleanup(docker, "volume", "rm", bystander)
	docker("run", "--detach", "--name", bystander, "--network", bystander, "--volume", bystander+":/kept",
		"--entrypoint", "sleep", images.Node, "infinity")
	DeferCleanup(docker, "rm", "--force", bystander)
	Expect(os.WriteFile(os.Getenv("KUBECONFIG"), []byte("apiVersion: v1\nkind: Config\ncurrent-context: theirs\n"), 0o600)).To(Succeed())
}

// others returns the state of everything that podlab must not change while it works on
// another cluster: the bystanders, the shared cluster, and the kubeconfigs in KUBECONFIG
// and in the user's home directory.
func others() []string {
	GinkgoHelper()
	seen := []string{
		docker("network", "inspect", "--format", "{{.ID}}", bystander, "kind"),
		docker("volume", "inspect", "--format", "{{.CreatedAt}}", bystander),
	}
	for _, name := range []string{bystander, controlPlane, worker} {
		seen = append(seen, docker("inspect", "--format", "{{.Name}} {{.Id}} {{.State.Status}} {{.State.StartedAt}}", name))
	}
	user, err := os.UserHomeDir()
	Expect(err).NotTo(HaveOccurred())
	for _, path := range []string{os.Getenv("KUBECONFIG"), filepath.Join(user, ".kube", "config")} {
		config, err := os.ReadFile(path)
		if !os.IsNotExist(err) {
			Expect(err).NotTo(HaveOccurred())
		}
		seen = append(seen, path+"\n"+string(config))
	}
	return seen
}

// leftOf returns what exists of a cluster: containers with its label or name, and
// podlab's files.
func leftOf(name string) []string {
	GinkgoHelper()
	left := strings.Fields(docker("ps", "--all", "--filter", "label=io.x-k8s.kind.cluster="+name, "--format", "{{.Names}}"))
	left = append(left, strings.Fields(docker("ps", "--all", "--filter", "name=^"+name+"-", "--format", "{{.Names}}"))...)
	dir := filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "clusters", name)
	if _, err := os.Stat(dir); err == nil {
		left = append(left, dir)
	}
	return left
}

// volumesOf returns the volumes of a cluster's containers.
func volumesOf(name string) []string {
	GinkgoHelper()
	ids := strings.Fields(docker("ps", "--all", "--quiet", "--filter", "label=io.x-k8s.kind.cluster="+name))
	if len(ids) == 0 {
		return nil
	}
	format := `{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}`
	return strings.Fields(docker(append([]string{"inspect", "--format", format}, ids...)...))
}

// allVolumes returns the engine's volumes.
func allVolumes() []string {
	GinkgoHelper()
	return strings.Fields(docker("volume", "ls", "--quiet"))
}

// expectNothingLeft expects that nothing of a cluster exists, including the given volumes.
func expectNothingLeft(name string, volumes []string) {
	GinkgoHelper()
	Expect(leftOf(name)).To(BeEmpty())
	existing := allVolumes()
	for _, volume := range volumes {
		Expect(slices.Contains(existing, volume)).To(BeFalse(), "volume "+volume+" still exists")
	}
}

// discard removes everything that a spec may have left of its own cluster.
func discard(name string) {
	GinkgoHelper()
	if ids := strings.Fields(docker("ps", "--all", "--quiet", "--filter", "label=io.x-k8s.kind.cluster="+name)); len(ids) > 0 {
		docker(append([]string{"rm", "--force", "--volumes"}, ids...)...)
	}
	Expect(os.RemoveAll(filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "clusters", name))).To(Succeed())
}
