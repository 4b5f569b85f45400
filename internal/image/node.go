package image

import (
	"archive/tar"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// nodeConfig is how a node container of kind's starts: systemd knows by the
// variable that it is in a container, and shuts down by that signal.
var nodeConfig = v1.Config{
	Entrypoint: []string{"/usr/local/bin/entrypoint", "/sbin/init"},
	Env:        append([]string{"container=docker"}, environment...),
	StopSignal: "SIGRTMIN+3",
}

// nodePackages are what kind's base image has, but for network storage and
// rootless snapshots, and what the study installs into its nodes by hand.
var nodePackages = []string{
	"systemd", "conntrack", "iptables", "nftables", "iproute2", "ethtool", "util-linux", "mount", "kmod", "libseccomp2",
	"pigz", "e2fsprogs", "bash", "ca-certificates", "curl", "jq", "procps", "runc",
	"bridge-utils", "htop", "less", "lsof", "nano", "psmisc", "strace", "tcpdump", "tree", "wget",
}

// nodeRoot is the layer with the node's Debian. What it drops are the units
// that kind's Dockerfile removes: they make no sense in a container.
func nodeRoot(debian *step) *step {
	unpacked := debianRoot(root{
		name: "node", on: debian, packages: nodePackages,
		drop: []string{
			"etc/systemd/system/*.wants/*",
			"usr/lib/systemd/system/basic.target.wants/*",
			"usr/lib/systemd/system/local-fs.target.wants/*",
			"usr/lib/systemd/system/multi-user.target.wants/*",
			"usr/lib/systemd/system/sockets.target.wants/*initctl*",
			"usr/lib/systemd/system/sockets.target.wants/*udev*",
			"usr/lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
		},
	})
	return layerStep("pack node", plain, nil, []*step{unpacked}, func(_ context.Context, j *job, w *tar.Writer) error {
		return writeDifference(w, os.DevNull, j.in(unpacked))
	})
}

// nodeFiles is the layer with everything of a node that is not Debian's: what
// was compiled, kind's own files, and the manifests that kind applies.
func (p *planner) nodeFiles(c *components) (*step, error) {
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
	recipe := []string{own.hash(), module.hash(), c.versions.kubernetes}
	needs := []*step{c.kubernetes, c.containerd, c.criTools, c.cni}
	return layerStep("pack node's files", plain, recipe, needs, func(ctx context.Context, j *job, w *tar.Writer) error {
		files, err := j.kindFiles(ctx, module)
		if err != nil {
			return err
		}
		maps.Copy(files, own)
		if err := j.configure(ctx, files, filepath.Join(j.in(c.containerd), "ctr")); err != nil {
			return err
		}
		files["kind/version"] = file{data: []byte(c.versions.kubernetes)}
		if err := writeEntries(w, append(files.entries(), units()...)...); err != nil {
			return err
		}
		return j.programs(w, c)
	}), nil
}

// programs writes what was compiled for the node itself.
func (j *job) programs(w *tar.Writer, c *components) error {
	if err := writeEntries(w,
		entry{path: "opt/cni", dir: true, mode: 0o755},
		entry{path: "opt/cni/bin", dir: true, mode: 0o755},
		entry{path: "etc/kubernetes", dir: true, mode: 0o755},
		entry{path: "etc/kubernetes/manifests", dir: true, mode: 0o755},
	); err != nil {
		return err
	}
	for _, from := range []struct {
		compiled *step
		to       string
		only     []string
	}{
		{compiled: c.kubernetes, to: "usr/bin", only: []string{"kubeadm", "kubectl", "kubelet"}},
		{compiled: c.containerd, to: "usr/local/bin"},
		{compiled: c.criTools, to: "usr/local/bin"},
		{compiled: c.cni, to: "opt/cni/bin"},
	} {
		programs, err := os.ReadDir(j.in(from.compiled))
		if err != nil {
			return err
		}
		for _, program := range programs {
			name := program.Name()
			if from.only != nil && !slices.Contains(from.only, name) {
				continue
			}
			if err := writeProgram(w, path.Join(from.to, name), filepath.Join(j.in(from.compiled), name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// units are the links that enable the node's services. systemd-binfmt would
// change the kernel that all nodes and the host share.
func units() []entry {
	const wants = "etc/systemd/system/multi-user.target.wants"
	list := []entry{
		{path: wants, dir: true, mode: 0o755},
		{path: "etc/systemd/system/systemd-binfmt.service", link: "/dev/null"},
		{path: "usr/sbin/init", link: "/usr/lib/systemd/systemd"},
	}
	for _, name := range []string{"containerd", "kubelet", "undo-mount-hacks"} {
		list = append(list, entry{path: wants + "/" + name + ".service", link: "/etc/systemd/system/" + name + ".service"})
	}
	return list
}

// kindFiles reads the files of kind's base image out of kind's module.
func (j *job) kindFiles(ctx context.Context, module tree) (tree, error) {
	src := filepath.Join(j.tmp, "src")
	if err := module.write(src); err != nil {
		return nil, err
	}
	cmd := j.command(ctx, "go", "mod", "download", "-json", "sigs.k8s.io/kind")
	cmd.Dir = src
	cmd.Env = append(cmd.Env, "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := j.output(ctx, cmd)
	if err != nil {
		return nil, err
	}
	var downloaded struct{ Dir string }
	if err := json.Unmarshal(out, &downloaded); err != nil {
		return nil, fmt.Errorf("read where kind's module is: %w", err)
	}
	files, err := readTree(os.DirFS(downloaded.Dir), "images/base/files")
	if err != nil {
		return nil, err
	}
	for name, f := range files {
		// As kind's Dockerfile does; modules keep no such bits.
		f.executable = strings.HasPrefix(name, "usr/local/bin/") || strings.HasPrefix(name, "kind/bin/")
		files[name] = f
	}
	return files, nil
}

// configure completes the runtime's configuration.
func (j *job) configure(ctx context.Context, files tree, ctr string) error {
	const name = "etc/containerd/config.toml"
	config, err := containerdConfig(string(files[name].data))
	if err != nil {
		return fmt.Errorf("change %s: %w", name, err)
	}
	files[name] = file{data: []byte(config)}
	spec, err := j.output(ctx, j.command(ctx, ctr, "oci", "spec"))
	if err != nil {
		return err
	}
	if spec, err = baseSpec(spec); err != nil {
		return fmt.Errorf("change the runtime's default spec: %w", err)
	}
	files["etc/containerd/cri-base.json"] = file{data: spec}
	return nil
}

// containerdConfig makes kind's configuration name the pause that is in the
// image, and the template of the pods' network, which is in images/node/files.
func containerdConfig(config string) (string, error) {
	const key = "sandbox_image = "
	before, after, ok := strings.Cut(config, key)
	_, rest, line := strings.Cut(after, "\n")
	if !ok || !line || strings.Contains(rest, key) {
		return "", fmt.Errorf("it has not exactly one line with %q", key)
	}
	return before + key + `"` + pauseImage + "\"\n" + strings.TrimRight(rest, "\n") + `
[plugins."io.containerd.grpc.v1.cri".cni]
  # filled with the node's pod network once the kubelet knows it
  conf_template = "/etc/containerd/cni.conflist.tmpl"
`, nil
}

// baseSpec makes of the runtime's default spec what every container of a node
// begins with: kind's hook hides the machine below, and no limits are set.
func baseSpec(spec []byte) ([]byte, error) {
	var s map[string]any
	if err := json.Unmarshal(spec, &s); err != nil {
		return nil, err
	}
	process, ok := s["process"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("it has no process")
	}
	delete(process, "rlimits")
	s["hooks"] = map[string]any{"createContainer": []any{map[string]any{"path": "/kind/bin/mount-product-files.sh"}}}
	return json.MarshalIndent(s, "", "\t")
}
