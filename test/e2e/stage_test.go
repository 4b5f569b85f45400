package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"podlab/internal/assets"
	"podlab/internal/image"
	"podlab/internal/kube"
	"podlab/internal/node"
	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/client"
	"podlab/internal/observe"
	"podlab/internal/progress"
	"podlab/internal/report"
	"podlab/internal/runner"
)

// newClient speaks to the shared cluster's API server.
func newClient() *kube.Client {
	GinkgoHelper()
	client, err := kube.New(shared.Kubeconfig)
	Expect(err).NotTo(HaveOccurred())
	return client
}

// newObserver observes the shared cluster until the spec ends.
func newObserver(kubeClient *kube.Client) *observe.Observer {
	GinkgoHelper()
	nodeprobe, err := assets.Nodeprobe(host.Arch)
	Expect(err).NotTo(HaveOccurred())
	names := make([]string, len(shared.Nodes))
	for i, n := range shared.Nodes {
		names[i] = n.Name
	}
	o := observe.New(kubeClient, names, func(ctx context.Context, name string, onEvent func(api.Event)) (*client.Client, error) {
		return client.Dial(ctx, node.Engine(host, name), nodeprobe, onEvent)
	})
	DeferCleanup(o.Close)
	return o
}

// machine is what scenarios can need of the shared cluster.
func machine() *runner.Machine {
	return &runner.Machine{
		Images: shared.Images, CgroupVersion: host.CgroupVersion, Arch: host.Arch,
		Node: node.Engine(host, shared.Nodes[0].Name),
	}
}

// newStage is the shared cluster as the runner plays on it, in this process.
func newStage() *runner.Stage {
	GinkgoHelper()
	client := newClient()
	s := &runner.Stage{
		Content: os.DirFS(contentDir), Cluster: clusterName, Kube: client, Observer: newObserver(client),
		Node:    func(name string) node.Runner { return node.Engine(host, name) },
		Program: func(name string) ([]byte, error) { return image.Program(name, host.Arch) },
		Inspect: host.Inspect,
		Lacks:   machine().Lacks,
		Dir:     GinkgoT().TempDir(), Progress: progress.New(GinkgoWriter, false),
	}
	for name := range content.Scenarios {
		s.Scenarios = append(s.Scenarios, name)
	}
	return s
}

// taskOf is the ID of the task that a check belongs to.
func taskOf(check string) string {
	parts := strings.SplitN(check, "/", 3)
	return strings.Join(parts[:2], "/")
}

// phases is where a report's time went.
func phases(r *report.Report) string {
	said := make([]string, len(r.Phases))
	for i, p := range r.Phases {
		said[i] = fmt.Sprintf("%s %d ms", p.Name, p.ElapsedMs)
		if p.WaitedMs > 0 {
			said[i] += fmt.Sprintf(" (waiting %d)", p.WaitedMs)
		}
	}
	return fmt.Sprintf("%d ms: %s", r.ElapsedMs, strings.Join(said, ", "))
}

// keepLogs keeps what the nodes have to say about a spec that failed.
func keepLogs(ctx SpecContext) {
	if !CurrentSpecReport().Failed() {
		return
	}
	dir, err := os.MkdirTemp("", "podlab-e2e-logs-")
	Expect(err).NotTo(HaveOccurred())
	for name, command := range map[string][]string{
		"journal": {"journalctl", "--no-pager", "--lines=20000"},
		"pods":    {"crictl", "pods"},
		"ps":      {"crictl", "ps", "--all"},
		"logs":    {"sh", "-c", "tail -n 200 /var/log/pods/*/*/*.log"},
	} {
		for _, n := range shared.Nodes {
			// A node that is gone has nothing to say.
			out, err := host.Output(ctx, append([]string{"exec", n.Name}, command...)...)
			if err != nil {
				out = fmt.Appendf(out, "\n%v\n", err)
			}
			Expect(os.WriteFile(filepath.Join(dir, n.Name+"."+name), out, 0o600)).To(Succeed())
		}
	}
	AddReportEntry("logs of the nodes", dir)
}
