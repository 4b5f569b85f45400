package cluster

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"

	"podlab/internal/engine"
	"podlab/internal/image"
)

const twoNodes = `kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes:
- role: control-plane
- role: worker
`

func mustPlan(t *testing.T, name, config string, e engine.Engine) *plan {
	t.Helper()
	p, err := newPlan(name, []byte(config), &e, &image.Images{Node: "node:1"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPlanOfLab(t *testing.T) {
	config, err := os.ReadFile("../../labs/lab-2/kind.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, "myk8s", string(config), engine.Engine{CgroupVersion: 2})
	if diff := cmp.Diff([]string{"myk8s-control-plane", "myk8s-worker"}, p.nodes); diff != "" {
		t.Errorf("nodes: %s", diff)
	}
	ports, err := hostPorts(p.kind)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, port := range ports {
		got = append(got, port.String())
	}
	if diff := cmp.Diff([]string{"127.0.0.1:30000/tcp", "127.0.0.1:30001/tcp"}, got); diff != "" {
		t.Errorf("ports: %s", diff)
	}
	for i, node := range p.kind.Nodes {
		if node.Image != "node:1" {
			t.Errorf("node %d has image %q", i, node.Image)
		}
		last := node.ExtraMounts[len(node.ExtraMounts)-1]
		if m, ok := parseMark(last.ContainerPath); !ok || m != p.mark || !last.Readonly {
			t.Errorf("the last mount of node %d is %+v, want mark %+v", i, last, p.mark)
		}
	}
}

func TestAdapt(t *testing.T) {
	for _, c := range []struct {
		name              string
		engine            engine.Engine
		containerd        int
		kubeadm           int
		contains, without string
	}{
		{"an ordinary host", engine.Engine{CgroupVersion: 2}, 0, 0, "", "restrict_oom_score_adj failCgroupV1"},
		{"cgroup v1", engine.Engine{CgroupVersion: 1}, 0, 1, "failCgroupV1: false", "restrict_oom_score_adj"},
		{"no CAP_SYS_RESOURCE", engine.Engine{CgroupVersion: 2, LacksSysResource: true}, 3, 0, "restrict_oom_score_adj = true", "failCgroupV1"},
		{"both", engine.Engine{CgroupVersion: 1, LacksSysResource: true}, 3, 1, "restrict_oom_score_adj = true", "nothing"},
	} {
		t.Run(c.name, func(t *testing.T) {
			kind := mustPlan(t, "a", twoNodes, c.engine).kind
			if len(kind.ContainerdConfigPatches) != c.containerd || len(kind.KubeadmConfigPatches) != c.kubeadm {
				t.Errorf("patches %q, %q", kind.ContainerdConfigPatches, kind.KubeadmConfigPatches)
			}
			all := strings.Join(append(kind.ContainerdConfigPatches, kind.KubeadmConfigPatches...), "\n")
			if !strings.Contains(all, c.contains) {
				t.Errorf("no %q in %q", c.contains, all)
			}
			for without := range strings.FieldsSeq(c.without) {
				if strings.Contains(all, without) {
					t.Errorf("%q in %q", without, all)
				}
			}
		})
	}
}

func TestAdaptKeepsPatchesOfLab(t *testing.T) {
	own := twoNodes + "kubeadmConfigPatches:\n- 'kind: InitConfiguration'\n"
	kind := mustPlan(t, "a", own, engine.Engine{CgroupVersion: 1}).kind
	if diff := cmp.Diff([]string{"kind: InitConfiguration", allowCgroupV1}, kind.KubeadmConfigPatches); diff != "" {
		t.Error(diff)
	}
}

func TestHashCoversConfigurationAndHost(t *testing.T) {
	ordinary := engine.Engine{CgroupVersion: 2}
	base := mustPlan(t, "a", twoNodes, ordinary).mark.config
	for _, c := range []struct {
		name   string
		config string
		engine engine.Engine
		same   bool
	}{
		{"the same", twoNodes, ordinary, true},
		{"a comment", "# a comment\n" + twoNodes, ordinary, true},
		{"another worker", twoNodes + "- role: worker\n", ordinary, false},
		{"a port", twoNodes + "  extraPortMappings: [{containerPort: 1, hostPort: 1}]\n", ordinary, false},
		{"another host", twoNodes, engine.Engine{CgroupVersion: 1}, false},
	} {
		if same := mustPlan(t, "a", c.config, c.engine).mark.config == base; same != c.same {
			t.Errorf("%s: same hash %v, want %v", c.name, same, c.same)
		}
	}
	if other, err := newPlan("a", []byte(twoNodes), &ordinary, &image.Images{Node: "node:2"}); err != nil || other.mark.config != base {
		t.Errorf("the hash depends on the node image (%v)", err)
	}
	paused, err := newPlan("a", []byte(twoNodes), &ordinary, &image.Images{Node: "node:1", Pause: "localhost/other:1"})
	if err != nil || paused.mark.config == base {
		t.Errorf("the hash does not depend on the pause image (%v)", err)
	}
	if patches := strings.Join(paused.kind.ContainerdConfigPatches, ""); strings.Count(patches, `"localhost/other:1"`) != 3 {
		t.Errorf("patches are %q, want the pause image for each version of containerd's configuration", patches)
	}
}

func TestPlanReportsAllProblems(t *testing.T) {
	for _, c := range []struct {
		name, cluster, config string
		want                  []string
	}{
		{"an unknown field", "a", twoNodes + "nodez: []\n", []string{"line 6", "nodez"}},
		{"another kind", "a", "kind: Pod\napiVersion: v1\n", []string{"got kind Pod and apiVersion v1"}},
		{"no YAML", "a", "kind: [", []string{"read kind configuration"}},
		{"two control planes", "a", twoNodes + "- role: control-plane\n", []string{"got 2 control-plane nodes, want 1"}},
		{"an invalid name and file", "A_b", "kind: [", []string{`cluster name "A_b"`, "read kind configuration"}},
		{"a long name", strings.Repeat("a", 51), twoNodes, []string{"at most 50"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newPlan(c.cluster, []byte(c.config), &engine.Engine{}, &image.Images{Node: "node:1"})
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q does not contain %q", err, want)
				}
			}
		})
	}
}

func TestNodeNames(t *testing.T) {
	nodes := []v1alpha4.Node{{Role: "worker"}, {Role: "control-plane"}, {Role: "worker"}, {Role: "worker"}}
	want := []string{"a-control-plane", "a-worker", "a-worker2", "a-worker3"}
	if diff := cmp.Diff(want, nodeNames("a", nodes)); diff != "" {
		t.Error(diff)
	}
}
