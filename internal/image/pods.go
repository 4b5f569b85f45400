package image

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"podlab/internal/version"
)

// environment has the usual PATH: static pods call their programs by bare
// names.
var environment = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}

// podImages are those of the control plane and the node's own pods, under the
// names that kubeadm and the manifests have for them, and those of the study.
func (p *planner) podImages(c *components, debian *step) ([]podImage, error) {
	netTools := netToolsLayer()
	study, err := p.studyImages(debian)
	if err != nil {
		return nil, err
	}
	own, err := ownPodImages()
	if err != nil {
		return nil, err
	}
	kubernetes := func(name string, lower ...*step) podImage {
		return podImage{
			names:  []string{"registry.k8s.io/" + name + ":" + c.versions.kubernetes},
			layers: append(lower, binaryLayer(c.kubernetes, name, name)),
		}
	}
	single := func(ref string, compiled *step, binary, command string, lower ...*step) podImage {
		return podImage{
			names:  []string{ref},
			layers: append(lower, binaryLayer(compiled, binary, command)),
			config: v1.Config{Entrypoint: []string{"/usr/local/bin/" + command}},
		}
	}
	return append([]podImage{
		kubernetes("kube-apiserver"),
		kubernetes("kube-controller-manager"),
		kubernetes("kube-scheduler"),
		kubernetes("kube-proxy", netTools),
		single("registry.k8s.io/etcd:"+strings.TrimPrefix(c.versions.etcd, "v")+"-0", c.etcd, "server", "etcd"),
		single("registry.k8s.io/coredns/coredns:"+c.versions.coredns, c.coredns, "coredns", "coredns"),
		single("localhost/podlab/flannel:"+c.versions.flannel, c.flannel, "flannel", "flanneld", netTools),
		single("localhost/podlab/local-path-provisioner:"+c.versions.localPath, c.localPath, "local-path-provisioner", "local-path-provisioner"),
	}, append(study, own...)...), nil
}

// pauseImage is what holds every pod.
const pauseImage = "registry.k8s.io/pause:" + version.Pause

// ownPodImages are podlab's own, of which pause is Kubernetes' here, too.
func ownPodImages() ([]podImage, error) {
	all, err := ownImages(runtime.GOARCH)
	if err != nil {
		return nil, err
	}
	images := make([]podImage, len(all))
	for i, own := range all {
		images[i] = podImage{names: []string{own.Ref}, ready: own.Image}
		if own.Ref == ownRef("pause") {
			images[i].names = append(images[i].names, pauseImage)
		}
	}
	return images, nil
}

// studyImages are those that the study's manifests name.
func (p *planner) studyImages(debian *step) ([]podImage, error) {
	base := diffLayer("debian", nil, debian)
	site, err := readTree(p.sources, "images/nginx/files")
	if err != nil {
		return nil, err
	}
	zshrc, err := fs.ReadFile(p.sources, "images/netshoot/zshrc")
	if err != nil {
		return nil, err
	}
	nginx := debianRoot(root{
		name: "nginx", on: debian,
		packages: []string{"curl", "net-tools", "nginx-light", "procps"},
		drop:     []string{"etc/nginx/sites-enabled/default"},
	})
	netshoot := debianRoot(root{name: "netshoot", on: debian, packages: []string{
		"bash", "bridge-utils", "conntrack", "curl", "dnsutils", "ethtool", "file", "iperf3", "iproute2", "iptables",
		"iputils-ping", "jq", "less", "lsof", "mtr-tiny", "net-tools", "netcat-openbsd", "procps", "psmisc", "socat",
		"strace", "tcpdump", "traceroute", "vim-tiny", "zsh",
	}})
	logs := []entry{
		{path: "var/log/nginx/access.log", link: "/dev/stdout"},
		{path: "var/log/nginx/error.log", link: "/dev/stderr"},
	}
	return []podImage{
		{
			// One image under both names: what Alpine's differs in is not
			// what the study looks at.
			names:  []string{"docker.io/library/nginx:latest", "docker.io/library/nginx:alpine"},
			layers: []*step{base, diffLayer("nginx", debian, nginx, append(logs, site.entries()...)...)},
			config: v1.Config{
				Cmd:          []string{"nginx", "-g", "daemon off;"},
				ExposedPorts: map[string]struct{}{"80/tcp": {}},
				StopSignal:   "SIGQUIT",
			},
		},
		{
			names:  []string{"docker.io/nicolaka/netshoot:latest"},
			layers: []*step{base, diffLayer("netshoot", debian, netshoot, entry{path: "root/.zshrc", mode: 0o644, data: zshrc})},
			config: v1.Config{Cmd: []string{"zsh"}, WorkingDir: "/root"},
		},
		{
			names:  []string{"docker.io/library/busybox:latest"},
			layers: []*step{busyboxLayer(debianRoot(root{name: "busybox", bare: true, packages: []string{"busybox-static"}}))},
			config: v1.Config{Cmd: []string{"sh"}},
		},
	}, nil
}

// netToolsLayer is a file system with what programs the kernel's packet
// filters, and nothing else: the pods that use it come before all others.
func netToolsLayer() *step {
	unpacked := debianRoot(root{
		name: "network tools", bare: true,
		packages: []string{"conntrack", "iptables", "kmod", "nftables"},
		drop:     []string{"etc/apt", "etc/dpkg", "usr/share/*", "var/lib/*"},
	})
	var links []entry
	for _, name := range []string{"iptables", "ip6tables"} {
		for _, suffix := range []string{"", "-restore", "-save"} {
			// As the packages' scripts would do that were not run.
			links = append(links, entry{path: "usr/sbin/" + name + suffix, link: "xtables-nft-multi"})
		}
	}
	return diffLayer("network tools", nil, unpacked, append(links, entry{path: "tmp", dir: true, mode: 0o1777})...)
}

// diffLayer is the layer that makes the root upper out of the root lower (nil:
// out of nothing), with more entries on top.
func diffLayer(name string, lower, upper *step, more ...entry) *step {
	needs := []*step{upper}
	if lower != nil {
		needs = append(needs, lower)
	}
	recipe := make([]string, len(more))
	for i, e := range more {
		recipe[i] = fmt.Sprintf("%s %o %s %s", e.path, e.mode, e.link, e.data)
	}
	return layerStep("pack "+name, zipped, recipe, needs, func(_ context.Context, j *job, w *tar.Writer) error {
		below := os.DevNull
		if lower != nil {
			below = j.in(lower)
		}
		return writeDifference(w, below, j.in(upper), more...)
	})
}

// binaryLayer is a layer with one program from a compiled component, under the
// name of the command.
func binaryLayer(compiled *step, binary, command string) *step {
	return layerStep("pack "+command, zipped, []string{binary}, []*step{compiled}, func(_ context.Context, j *job, w *tar.Writer) error {
		if err := writeEntries(w, toProgram()...); err != nil {
			return err
		}
		return writeProgram(w, "usr/local/bin/"+command, filepath.Join(j.in(compiled), binary))
	})
}

// toProgram are the directories of an image that holds just a program.
func toProgram() []entry {
	return []entry{
		{path: "tmp", dir: true, mode: 0o1777},
		{path: "usr", dir: true, mode: 0o755},
		{path: "usr/local", dir: true, mode: 0o755},
		{path: "usr/local/bin", dir: true, mode: 0o755},
	}
}

// writeProgram writes an executable file.
func writeProgram(w *tar.Writer, name, from string) error {
	file, err := os.Open(from)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	return writeEntry(w, &tar.Header{Name: name, Mode: 0o755, Size: info.Size(), Typeflag: tar.TypeReg}, file)
}

// busyboxLayer is a file system that consists of busybox and its links.
func busyboxLayer(unpacked *step) *step {
	return layerStep("pack busybox", zipped, nil, []*step{unpacked}, func(ctx context.Context, j *job, w *tar.Writer) error {
		program, err := tarFile(j.in(unpacked), "bin/busybox", "usr/bin/busybox")
		if err != nil {
			return err
		}
		exe := filepath.Join(j.tmp, "busybox")
		if err := os.WriteFile(exe, program, 0o700); err != nil {
			return err
		}
		applets, err := j.output(ctx, j.command(ctx, exe, "--list"))
		if err != nil {
			return err
		}
		entries := []entry{
			{path: "bin", dir: true, mode: 0o755},
			{path: "bin/busybox", mode: 0o755, data: program},
			{path: "etc", dir: true, mode: 0o755},
			{path: "etc/group", mode: 0o644, data: []byte("root:x:0:\n")},
			{path: "etc/passwd", mode: 0o644, data: []byte("root:x:0:0:root:/root:/bin/sh\n")},
			{path: "home", dir: true, mode: 0o755},
			{path: "root", dir: true, mode: 0o700},
			{path: "tmp", dir: true, mode: 0o1777},
		}
		for name := range bytes.FieldsSeq(applets) {
			if applet := string(name); applet != "busybox" {
				entries = append(entries, entry{path: "bin/" + applet, link: "busybox"})
			}
		}
		return writeEntries(w, entries...)
	})
}

// entries are the files as a layer holds them, each after its directory.
func (t tree) entries() []entry {
	var list []entry
	seen := make(map[string]bool)
	for _, name := range sortedKeys(t) {
		var parents []entry
		for dir := path.Dir(name); dir != "." && !seen[dir]; dir = path.Dir(dir) {
			seen[dir] = true
			parents = append(parents, entry{path: dir, dir: true, mode: 0o755})
		}
		slices.Reverse(parents)
		list = append(list, parents...)
		e := entry{path: name, mode: 0o644, data: t[name].data}
		if t[name].executable {
			e.mode = 0o755
		}
		list = append(list, e)
	}
	return list
}
