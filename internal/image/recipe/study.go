package recipe

import (
	"archive/tar"
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

// studyImages are the images that the study's manifests name.
func (p *planner) studyImages(base *graph.Step) ([]podImage, error) {
	baseLayer := diffLayer("debian", nil, base)
	nginx, err := p.nginxLayer(base)
	if err != nil {
		return nil, err
	}
	netshoot, err := p.netshootLayer(base)
	if err != nil {
		return nil, err
	}
	return []podImage{
		{
			// One image has both names, because the study does not depend on
			// Alpine.
			names:  []string{"docker.io/library/nginx:latest", "docker.io/library/nginx:alpine"},
			layers: []*graph.Step{baseLayer, nginx},
			config: v1.Config{
				Cmd:          []string{"nginx", "-g", "daemon off;"},
				ExposedPorts: map[string]struct{}{"80/tcp": {}},
				StopSignal:   "SIGQUIT",
			},
		},
		{
			names:  []string{"docker.io/nicolaka/netshoot:latest"},
			layers: []*graph.Step{baseLayer, netshoot},
			config: v1.Config{Cmd: []string{"zsh"}, WorkingDir: "/root"},
		},
		{
			names:  []string{"docker.io/library/busybox:latest"},
			layers: []*graph.Step{busyboxLayer()},
			config: v1.Config{Cmd: []string{"sh"}},
		},
	}, nil
}

func (p *planner) nginxLayer(base *graph.Step) (*graph.Step, error) {
	site, err := readTree(p.sources, "images/nginx/files")
	if err != nil {
		return nil, err
	}
	unpacked := root{
		name: "nginx", on: base,
		packages: []string{"curl", "net-tools", "nginx-light", "procps"},
		drop:     []string{"etc/nginx/sites-enabled/default"},
	}.step()
	logs := []oci.Entry{
		{Path: "var/log/nginx/access.log", Link: "/dev/stdout"},
		{Path: "var/log/nginx/error.log", Link: "/dev/stderr"},
	}
	return diffLayer("nginx", base, unpacked, append(logs, site.entries()...)...), nil
}

func (p *planner) netshootLayer(base *graph.Step) (*graph.Step, error) {
	zshrc, err := fs.ReadFile(p.sources, "images/netshoot/zshrc")
	if err != nil {
		return nil, err
	}
	unpacked := root{name: "netshoot", on: base, packages: []string{
		"bash", "bridge-utils", "conntrack", "curl", "dnsutils", "ethtool", "file", "iperf3", "iproute2", "iptables",
		"iputils-ping", "jq", "less", "lsof", "mtr-tiny", "net-tools", "netcat-openbsd", "procps", "psmisc", "socat",
		"strace", "tcpdump", "traceroute", "vim-tiny", "zsh",
	}}.step()
	return diffLayer("netshoot", base, unpacked, oci.Entry{Path: "root/.zshrc", Mode: 0o644, Data: zshrc}), nil
}

// busyboxLayer is a file system of busybox and its links.
func busyboxLayer() *graph.Step {
	unpacked := root{name: "busybox", bare: true, packages: []string{"busybox-static"}}.step()
	return layerStep("pack busybox", oci.Zstd, nil, []*graph.Step{unpacked}, func(ctx context.Context, j *graph.Job, w *tar.Writer) error {
		program, err := oci.ReadFile(j.In(unpacked), "bin/busybox", "usr/bin/busybox")
		if err != nil {
			return err
		}
		exe := filepath.Join(j.Tmp, "busybox")
		if err := os.WriteFile(exe, program, 0o700); err != nil {
			return err
		}
		applets, err := j.Output(ctx, j.Command(ctx, exe, "--list"))
		if err != nil {
			return err
		}
		entries := []oci.Entry{
			{Path: "bin", Dir: true, Mode: 0o755},
			{Path: "bin/busybox", Mode: 0o755, Data: program},
			{Path: "etc", Dir: true, Mode: 0o755},
			{Path: "etc/group", Mode: 0o644, Data: []byte("root:x:0:\n")},
			{Path: "etc/passwd", Mode: 0o644, Data: []byte("root:x:0:0:root:/root:/bin/sh\n")},
			{Path: "home", Dir: true, Mode: 0o755},
			{Path: "root", Dir: true, Mode: 0o700},
			{Path: "tmp", Dir: true, Mode: 0o1777},
		}
		for name := range bytes.FieldsSeq(applets) {
			if applet := string(name); applet != "busybox" {
				entries = append(entries, oci.Entry{Path: "bin/" + applet, Link: "busybox"})
			}
		}
		return oci.WriteEntries(w, entries...)
	})
}
