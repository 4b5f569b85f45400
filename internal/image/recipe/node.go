package recipe

import (
	"archive/tar"
	"context"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

// nodeConfig is how kind's nodes start. The variable tells systemd that it runs
// in a container; the signal makes systemd shut down.
var nodeConfig = v1.Config{
	Entrypoint: []string{"/usr/local/bin/entrypoint", "/sbin/init"},
	Env:        []string{"container=docker", oci.PathEnv},
	StopSignal: "SIGRTMIN+3",
}

// nodePackages are the packages of kind's base image, except those for network
// storage and rootless snapshots, and the tools that the study would otherwise
// install in its nodes.
var nodePackages = []string{
	"systemd", "conntrack", "iptables", "nftables", "iproute2", "ethtool", "util-linux", "mount", "kmod", "libseccomp2",
	"pigz", "e2fsprogs", "bash", "ca-certificates", "curl", "jq", "procps", "runc",
	"bridge-utils", "htop", "less", "lsof", "nano", "psmisc", "strace", "tcpdump", "tree", "wget",
}

// nodeRoot is the layer with the node's Debian. Like kind's Dockerfile, it drops
// the units that make no sense in a container.
func nodeRoot(base *graph.Step) *graph.Step {
	unpacked := root{
		name: "node", on: base, packages: nodePackages,
		drop: []string{
			"etc/systemd/system/*.wants/*",
			"usr/lib/systemd/system/basic.target.wants/*",
			"usr/lib/systemd/system/local-fs.target.wants/*",
			"usr/lib/systemd/system/multi-user.target.wants/*",
			"usr/lib/systemd/system/sockets.target.wants/*initctl*",
			"usr/lib/systemd/system/sockets.target.wants/*udev*",
			"usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
		},
	}.step()
	return layerStep("pack node", oci.Plain, nil, []*graph.Step{unpacked}, func(_ context.Context, j *graph.Job, w *tar.Writer) error {
		return oci.WriteDiff(w, os.DevNull, j.In(unpacked))
	})
}

// nodeFiles is the layer with the rest of a node: compiled programs, kind's
// files, and the manifests that kind applies.
func (p *planner) nodeFiles(c *components) (*graph.Step, error) {
	own, err := readTree(p.sources, "images/node/files")
	if err != nil {
		return nil, err
	}
	module, err := readTree(p.sources, "images/node")
	if err != nil {
		return nil, err
	}
	for name := range module {
		if strings.HasPrefix(name, "files/") {
			delete(module, name)
		}
	}
	recipe := []string{own.hash(), module.hash(), c.kubernetes.version}
	needs := []*graph.Step{c.kubernetes.compiled, c.containerd.compiled, c.criTools.compiled, c.cni.compiled}
	return layerStep("pack node's files", oci.Plain, recipe, needs, func(ctx context.Context, j *graph.Job, w *tar.Writer) error {
		files, err := kindFiles(ctx, j, module)
		if err != nil {
			return err
		}
		maps.Copy(files, own)
		if err := configureContainerd(ctx, j, files, filepath.Join(j.In(c.containerd.compiled), "ctr")); err != nil {
			return err
		}
		files["kind/version"] = file{data: []byte(c.kubernetes.version)}
		if err := oci.WriteEntries(w, append(files.entries(), units()...)...); err != nil {
			return err
		}
		return writePrograms(j, w, c)
	}), nil
}

// writePrograms writes the compiled programs that run on the node itself.
func writePrograms(j *graph.Job, w *tar.Writer, c *components) error {
	if err := oci.WriteEntries(w,
		oci.Entry{Path: "opt/cni", Dir: true, Mode: 0o755},
		oci.Entry{Path: "opt/cni/bin", Dir: true, Mode: 0o755},
		oci.Entry{Path: "etc/kubernetes", Dir: true, Mode: 0o755},
		oci.Entry{Path: "etc/kubernetes/manifests", Dir: true, Mode: 0o755},
	); err != nil {
		return err
	}
	for _, from := range []struct {
		component
		to   string
		only []string
	}{
		{component: c.kubernetes, to: "usr/bin", only: []string{"kubeadm", "kubectl", "kubelet"}},
		{component: c.containerd, to: "usr/local/bin"},
		{component: c.criTools, to: "usr/local/bin"},
		{component: c.cni, to: "opt/cni/bin"},
	} {
		dir := j.In(from.compiled)
		programs, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, program := range programs {
			name := program.Name()
			if from.only != nil && !slices.Contains(from.only, name) {
				continue
			}
			if err := oci.WriteExecutable(w, path.Join(from.to, name), filepath.Join(dir, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// units are the links that enable the node's services, and disable
// systemd-binfmt, which would change the kernel that nodes and host share.
func units() []oci.Entry {
	const wants = "etc/systemd/system/multi-user.target.wants"
	list := []oci.Entry{
		{Path: wants, Dir: true, Mode: 0o755},
		{Path: "etc/systemd/system/systemd-binfmt.service", Link: "/dev/null"},
		{Path: "usr/sbin/init", Link: "/usr/lib/systemd/systemd"},
	}
	for _, name := range []string{"containerd", "kubelet", "undo-mount-hacks"} {
		list = append(list, oci.Entry{Path: wants + "/" + name + ".service", Link: "/etc/systemd/system/" + name + ".service"})
	}
	return list
}
