package recipe

import (
	"fmt"
	"runtime"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
	"podlab/internal/image/own"
	"podlab/internal/version"
)

// A podImage is an image inside the node image, for the node's containerd.
type podImage struct {
	// names are its full references.
	names  []string
	layers []*graph.Step
	config v1.Config
	// ready is the image itself, if it is not made of layers.
	ready v1.Image
}

// pauseImage is the image of every sandbox.
const pauseImage = "registry.k8s.io/pause:" + version.Pause

// podImages are all images that clusters need: for the control plane and the
// node's own pods, under the names that kubeadm and the manifests use; for the
// study's pods; and podlab's own.
func (p *planner) podImages(c *components, base *graph.Step) ([]podImage, error) {
	netTools := netToolsLayer()
	kubernetes := func(name string, lower ...*graph.Step) podImage {
		return podImage{
			names:  []string{"registry.k8s.io/" + name + ":" + c.kubernetes.version},
			layers: append(lower, programLayer(c.kubernetes, name, name)),
		}
	}
	single := func(ref string, c component, executable, command string, lower ...*graph.Step) podImage {
		return podImage{
			names:  []string{ref},
			layers: append(lower, programLayer(c, executable, command)),
			config: v1.Config{Entrypoint: []string{oci.ProgramPath(command)}},
		}
	}
	images := []podImage{
		kubernetes("kube-apiserver"),
		kubernetes("kube-controller-manager"),
		kubernetes("kube-scheduler"),
		kubernetes("kube-proxy", netTools),
		single("registry.k8s.io/etcd:"+strings.TrimPrefix(c.etcd.version, "v")+"-0", c.etcd, "server", "etcd"),
		single("registry.k8s.io/coredns/coredns:"+c.coredns.version, c.coredns, "coredns", "coredns"),
		single("localhost/podlab/flannel:"+c.flannel.version, c.flannel, "flannel", "flanneld", netTools),
		single("localhost/podlab/local-path-provisioner:"+c.localPath.version, c.localPath, "local-path-provisioner", "local-path-provisioner"),
	}
	study, err := p.studyImages(base)
	if err != nil {
		return nil, err
	}
	ours, err := own.Images(runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	images = append(images, study...)
	for _, image := range ours {
		names := []string{image.Ref}
		if image.Ref == own.Ref("pause") {
			names = append(names, pauseImage)
		}
		images = append(images, podImage{names: names, ready: image.Image})
	}
	return images, nil
}

// netToolsLayer holds only the tools that configure the kernel's packet
// filters: the pods that need them start before all others.
func netToolsLayer() *graph.Step {
	unpacked := root{
		name: "network tools", bare: true,
		packages: []string{"conntrack", "iptables", "kmod", "nftables"},
		drop:     []string{"etc/apt", "etc/dpkg", "usr/share/*", "var/lib/*"},
	}.step()
	var links []oci.Entry
	for _, name := range []string{"iptables", "ip6tables"} {
		for _, suffix := range []string{"", "-restore", "-save"} {
			// The packages' scripts would make these links, but do not run.
			links = append(links, oci.Entry{Path: "usr/sbin/" + name + suffix, Link: "xtables-nft-multi"})
		}
	}
	return diffLayer("network tools", nil, unpacked, append(links, oci.Entry{Path: "tmp", Dir: true, Mode: 0o1777})...)
}

// assemble makes an image from its layers in the cache.
func (i podImage) assemble(j *graph.Job) (oci.NamedImage, error) {
	if i.ready != nil {
		return oci.NamedImage{Image: i.ready, Names: i.names}, nil
	}
	layers := make([]*oci.Layer, len(i.layers))
	for n, s := range i.layers {
		l, err := oci.OpenLayer(j.In(s))
		if err != nil {
			return oci.NamedImage{}, err
		}
		layers[n] = l
	}
	config := i.config
	config.Env = append([]string{oci.PathEnv}, config.Env...)
	image, err := oci.Assemble(config, oci.Epoch, layers...)
	if err != nil {
		return oci.NamedImage{}, fmt.Errorf("assemble %s: %w", i.names[0], err)
	}
	return oci.NamedImage{Image: image, Names: i.names}, nil
}
