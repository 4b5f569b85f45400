package recipe

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/mod/modfile"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

// A component is a program, or several, compiled from a Go module.
type component struct {
	// version is the version of the program, with its v; "" if nothing uses it.
	version string
	// compiled makes a directory with the executables.
	compiled *graph.Step
}

// components are the parts of the node image that do not come from Debian.
type components struct {
	kubernetes, etcd, coredns, flannel, localPath, containerd, cni, criTools component
}

func (p *planner) components() (*components, error) {
	c := &components{}
	var failed error
	for _, each := range []struct {
		*component
		source
	}{
		{&c.kubernetes, source{dir: "kubernetes", module: "k8s.io/kubernetes", set: kubernetesVersion}},
		{&c.containerd, source{
			dir: "containerd", module: "github.com/containerd/containerd/v2", set: versionIn("github.com/containerd/containerd/v2/version"),
			tags: []string{"no_aufs", "no_btrfs", "no_devmapper", "no_zfs"},
		}},
		{&c.criTools, source{dir: "cri-tools", module: "sigs.k8s.io/cri-tools", set: versionIn("sigs.k8s.io/cri-tools/pkg/version")}},
		{&c.flannel, source{dir: "flannel", module: "github.com/flannel-io/flannel"}},
		{&c.coredns, source{dir: "coredns", module: "github.com/coredns/coredns"}},
		{&c.etcd, source{dir: "etcd", module: "go.etcd.io/etcd/server/v3"}},
		{&c.localPath, source{dir: "local-path-provisioner", module: "github.com/rancher/local-path-provisioner"}},
		{&c.cni, source{dir: "cni"}},
	} {
		made, err := p.component(each.source)
		failed = errors.Join(failed, err)
		*each.component = made
	}
	return c, failed
}

func (p *planner) component(s source) (c component, err error) {
	if s.module != "" {
		if c.version, err = p.version(s); err != nil {
			return c, err
		}
	}
	c.compiled, err = p.compile(s, c.version)
	return c, err
}

// version returns the version of the source's module that its go.mod requires.
func (p *planner) version(s source) (string, error) {
	name := path.Join("images", s.dir, "go.mod")
	data, err := fs.ReadFile(p.sources, name)
	if err != nil {
		return "", fmt.Errorf("read version of %s: %w", s.module, err)
	}
	file, err := modfile.ParseLax(name, data, nil)
	if err != nil {
		return "", fmt.Errorf("read version of %s: %w", s.module, err)
	}
	for _, required := range file.Require {
		if required.Mod.Path == s.module {
			return required.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("read version of %s: %s does not require it", s.module, name)
}

// versionIn sets the variable Version of a package.
func versionIn(pkg string) func(version string) map[string]string {
	return func(version string) map[string]string { return map[string]string{pkg + ".Version": version} }
}

// kubernetesVersion sets what a release build of Kubernetes sets; kubeadm and
// kind depend on it. The fixed date makes builds reproducible.
func kubernetesVersion(version string) map[string]string {
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	set := make(map[string]string)
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		set[pkg+".gitVersion"] = version
		set[pkg+".gitMajor"] = major
		set[pkg+".gitMinor"] = minor
		set[pkg+".gitTreeState"] = "clean"
		set[pkg+".buildDate"] = oci.Epoch.Format("2006-01-02T15:04:05Z")
	}
	return set
}
