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

// bystander is what belongs to somebody else: a container, a network and a
// volume are called so.
const bystander = "podlab-e2e-bystander"

// bystanders makes them, and a kubeconfig that somebody uses.
func bystanders() {
	GinkgoHelper()
	for _, what := range []string{"container", "volume", "network"} { // of a suite that was killed
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

// others is everything that a podlab at work on another cluster must leave as
// it is: the bystanders and the shared cluster, since when they run; and the
// user's kubeconfig, both this one and the one at its usual place.
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

// leftOf is what there is of a cluster: containers by its label and by its
// name, and podlab's files.
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

// volumesOf are the volumes that a cluster's containers have.
func volumesOf(name string) []string {
	GinkgoHelper()
	ids := strings.Fields(docker("ps", "--all", "--quiet", "--filter", "label=io.x-k8s.kind.cluster="+name))
	if len(ids) == 0 {
		return nil
	}
	format := `{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{end}}{{end}}`
	return strings.Fields(docker(append([]string{"inspect", "--format", format}, ids...)...))
}

// allVolumes are the engine's.
func allVolumes() []string {
	GinkgoHelper()
	return strings.Fields(docker("volume", "ls", "--quiet"))
}

// expectNothingLeft expects that there is nothing of a cluster any more, nor of
// the volumes that it had.
func expectNothingLeft(name string, volumes []string) {
	GinkgoHelper()
	Expect(leftOf(name)).To(BeEmpty())
	there := allVolumes()
	for _, volume := range volumes {
		Expect(slices.Contains(there, volume)).To(BeFalse(), "volume "+volume+" is left")
	}
}

// discard removes what a spec about a cluster of its own may have left.
func discard(name string) {
	GinkgoHelper()
	if ids := strings.Fields(docker("ps", "--all", "--quiet", "--filter", "label=io.x-k8s.kind.cluster="+name)); len(ids) > 0 {
		docker(append([]string{"rm", "--force", "--volumes"}, ids...)...)
	}
	Expect(os.RemoveAll(filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "clusters", name))).To(Succeed())
}
