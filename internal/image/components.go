package image

import (
	"errors"
	"strings"
)

// versions of what is built, as the modules below images/ say.
type versions struct {
	kubernetes, etcd, coredns, flannel, localPath, containerd, criTools string
}

// components are the steps that compile each of them into a directory.
type components struct {
	versions
	kubernetes, etcd, coredns, flannel, localPath, containerd, cni, criTools *step
}

func (p *planner) components() (*components, error) {
	v, err := p.versions()
	if err != nil {
		return nil, err
	}
	c := &components{versions: v}
	for _, each := range []struct {
		made **step
		component
	}{
		// What takes longest comes first.
		{&c.kubernetes, component{dir: "images/kubernetes", set: kubernetesVersion(v.kubernetes)}},
		{&c.containerd, component{
			dir: "images/containerd", tags: []string{"no_aufs", "no_btrfs", "no_devmapper", "no_zfs"},
			set: map[string]string{"github.com/containerd/containerd/v2/version.Version": v.containerd},
		}},
		{&c.flannel, component{dir: "images/flannel"}},
		{&c.coredns, component{dir: "images/coredns"}},
		{&c.criTools, component{dir: "images/cri-tools", set: map[string]string{"sigs.k8s.io/cri-tools/pkg/version.Version": v.criTools}}},
		{&c.etcd, component{dir: "images/etcd"}},
		{&c.cni, component{dir: "images/cni"}},
		{&c.localPath, component{dir: "images/local-path-provisioner"}},
	} {
		s, err := p.compile(each.component)
		if err != nil {
			return nil, err
		}
		*each.made = s
	}
	return c, nil
}

func (p *planner) versions() (v versions, err error) {
	read := func(dir, module string) string {
		version, failed := p.version("images/"+dir, module)
		err = errors.Join(err, failed)
		return version
	}
	v = versions{
		kubernetes: read("kubernetes", "k8s.io/kubernetes"),
		etcd:       read("etcd", "go.etcd.io/etcd/server/v3"),
		coredns:    read("coredns", "github.com/coredns/coredns"),
		flannel:    read("flannel", "github.com/flannel-io/flannel"),
		localPath:  read("local-path-provisioner", "github.com/rancher/local-path-provisioner"),
		containerd: read("containerd", "github.com/containerd/containerd/v2"),
		criTools:   read("cri-tools", "sigs.k8s.io/cri-tools"),
	}
	return v, err
}

// kubernetesVersion is what a release build of Kubernetes sets; kubeadm and
// kind go by it. The date is fixed, as everything that is built twice is to
// come out the same.
func kubernetesVersion(version string) map[string]string {
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	set := make(map[string]string)
	for _, pkg := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		set[pkg+".gitVersion"] = version
		set[pkg+".gitMajor"] = major
		set[pkg+".gitMinor"] = minor
		set[pkg+".gitTreeState"] = "clean"
		set[pkg+".buildDate"] = epoch.Format("2006-01-02T15:04:05Z")
	}
	return set
}
