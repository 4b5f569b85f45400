package cluster

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"

	"podlab/internal/engine"
	"podlab/internal/image"
)

// maxName leaves room for "-control-plane" in a host name.
const maxName = 50

var validName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// A plan is the cluster that Up should return.
type plan struct {
	kind *v1alpha4.Cluster
	// image is the reference of the node image, imageID the ID of the engine's
	// image with that reference.
	image, imageID string
	// mark is the mark on the nodes.
	mark mark
	// nodes are the names of the nodes, control plane first.
	nodes []string
}

// newPlan reads kind's configuration strictly and adapts it to the engine. The
// error lists all problems of the name and the configuration.
func newPlan(name string, config []byte, e *engine.Engine, images *image.Images) (*plan, error) {
	var errs []error
	if len(name) > maxName || !validName.MatchString(name) {
		errs = append(errs, fmt.Errorf("cluster name %q: use at most %d of a-z, 0-9 and -, without - at the start or end", name, maxName))
	}
	cluster, err := parseKind(config)
	if err := errors.Join(append(errs, err)...); err != nil {
		return nil, err
	}
	adapt(cluster, e)
	if images.Pause != "" {
		cluster.ContainerdConfigPatches = append(cluster.ContainerdConfigPatches, sandboxImage(images.Pause)...)
	}
	for i := range cluster.Nodes {
		cluster.Nodes[i].Image = "" // compared by ID, not by the hash
	}
	canonical, err := json.Marshal(cluster)
	if err != nil {
		return nil, fmt.Errorf("hash kind configuration: %w", err)
	}
	p := &plan{
		kind:  cluster,
		image: images.Node,
		mark:  mark{owner: currentOwner(), config: fmt.Sprintf("%.8x", sha256.Sum256(canonical))},
		nodes: nodeNames(name, cluster.Nodes),
	}
	cluster.Name = name
	for i := range cluster.Nodes {
		node := &cluster.Nodes[i]
		node.Image = images.Node
		node.ExtraMounts = append(slices.Clip(node.ExtraMounts), p.mark.mount())
	}
	return p, nil
}

// parseKind decodes kind's configuration as kind does: unknown fields are errors.
func parseKind(config []byte) (*v1alpha4.Cluster, error) {
	cluster := &v1alpha4.Cluster{}
	decoder := yaml.NewDecoder(bytes.NewReader(config))
	decoder.KnownFields(true)
	if err := decoder.Decode(cluster); err != nil {
		return nil, fmt.Errorf("read kind configuration: %w", err)
	}
	var errs []error
	if cluster.APIVersion != "kind.x-k8s.io/v1alpha4" || cluster.Kind != "Cluster" {
		errs = append(errs, fmt.Errorf("read kind configuration: got kind %s and apiVersion %s, want Cluster and kind.x-k8s.io/v1alpha4", cluster.Kind, cluster.APIVersion))
	}
	v1alpha4.SetDefaultsCluster(cluster)
	controlPlanes := 0
	for _, node := range cluster.Nodes {
		if node.Role == v1alpha4.ControlPlaneRole {
			controlPlanes++
		}
	}
	if controlPlanes != 1 {
		// More than one needs the image of a load balancer.
		errs = append(errs, fmt.Errorf("read kind configuration: got %d control-plane nodes, want 1", controlPlanes))
	}
	return cluster, errors.Join(errs...)
}

// restrictOOM tells containerd not to lower an oom_score_adj, which runc in the
// node must not do. Otherwise every sandbox fails to start. kind applies the patch
// with the version of the node's containerd configuration.
var restrictOOM = []string{
	"version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  restrict_oom_score_adj = true\n",
	"version = 3\n[plugins.\"io.containerd.cri.v1.runtime\"]\n  restrict_oom_score_adj = true\n",
	"version = 4\n[plugins.\"io.containerd.cri.v1.runtime\"]\n  restrict_oom_score_adj = true\n",
}

// sandboxImage tells containerd which image sandboxes run, for each version of its
// configuration.
func sandboxImage(ref string) []string {
	return []string{
		fmt.Sprintf("version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\n  sandbox_image = %q\n", ref),
		fmt.Sprintf("version = 3\n[plugins.\"io.containerd.cri.v1.images\".pinned_images]\n  sandbox = %q\n", ref),
		fmt.Sprintf("version = 4\n[plugins.\"io.containerd.cri.v1.images\".pinned_images]\n  sandbox = %q\n", ref),
	}
}

// allowCgroupV1 lets the kubelet, since version 1.35, start with cgroup v1.
const allowCgroupV1 = "kind: KubeletConfiguration\nfailCgroupV1: false\n"

// adapt adds the patches that the engine's host needs.
func adapt(cluster *v1alpha4.Cluster, e *engine.Engine) {
	if e.LacksSysResource {
		cluster.ContainerdConfigPatches = append(cluster.ContainerdConfigPatches, restrictOOM...)
	}
	if e.CgroupVersion == 1 {
		cluster.KubeadmConfigPatches = append(cluster.KubeadmConfigPatches, allowCgroupV1)
	}
}

// nodeNames returns the names that kind gives to nodes: cluster-role, with a
// number from the second node of a role on.
func nodeNames(cluster string, nodes []v1alpha4.Node) []string {
	count := map[v1alpha4.NodeRole]int{}
	var controlPlanes, workers []string
	for _, node := range nodes {
		count[node.Role]++
		name := fmt.Sprintf("%s-%s", cluster, node.Role)
		if n := count[node.Role]; n > 1 {
			name = fmt.Sprintf("%s%d", name, n)
		}
		if node.Role == v1alpha4.ControlPlaneRole {
			controlPlanes = append(controlPlanes, name)
		} else {
			workers = append(workers, name)
		}
	}
	return append(controlPlanes, workers...)
}
