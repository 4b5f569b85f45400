package doctor

import (
	"fmt"
	"slices"
	"strings"

	"podlab/internal/text"
)

// oldestKernel is the first kernel with pidfd_open, with which podlab follows and
// signals processes. The cgroup namespaces that kind needs are older.
const oldestKernel = "5.3"

func kernel(f *Facts) []Finding {
	release := f.read("proc/sys/kernel/osrelease")
	if f.Engine != nil && f.Engine.Kernel != "" {
		release = f.Engine.Kernel
	}
	switch {
	case release == "":
		return nil
	case isOlder(release, oldestKernel):
		return finding("kernel", Fail, textf("Linux %s is older than %s, the oldest version that podlab supports", "리눅스 %s: podlab에는 %s 이상이 필요합니다", release, oldestKernel),
			textf("use a newer kernel, or a virtual machine with one", "더 새로운 커널을 쓰거나, 그런 커널을 쓰는 가상 머신을 쓰세요"))
	}
	return finding("kernel", OK, textf("Linux %s", "리눅스 %s", release), noFix)
}

func cgroups(f *Facts) []Finding {
	version := 0
	if f.Engine != nil {
		version = f.Engine.CgroupVersion
	} else if f.linux() {
		version = 1
		if f.exists("sys/fs/cgroup/cgroup.controllers") {
			version = 2
		}
	}
	switch version {
	case 0:
		return nil
	case 1:
		return finding("cgroup", OK, textf(
			"version 1: podlab configures the kubelet to accept it (failCgroupV1: false)",
			"버전 1: podlab이 kubelet을 이 버전에서 시작하도록 설정합니다 (failCgroupV1: false)"),
			textf("for clusters that podlab does not create, use the same setting or boot with systemd.unified_cgroup_hierarchy=1",
				"podlab이 만들지 않은 클러스터에는 같은 설정을 쓰거나 systemd.unified_cgroup_hierarchy=1로 부팅하세요"))
	}
	return finding("cgroup", OK, textf("version %d", "버전 %d", version), noFix)
}

// controllers checks for the cgroup controllers that some boards and containers
// lack.
func controllers(f *Facts) []Finding {
	if !f.linux() || !f.exists("sys/fs/cgroup") {
		return nil
	}
	v2 := strings.Fields(f.read("sys/fs/cgroup/cgroup.controllers"))
	var missing []string
	for _, c := range []string{"cpu", "cpuset", "memory", "pids"} {
		if !slices.Contains(v2, c) && !f.exists("sys/fs/cgroup/"+c) {
			missing = append(missing, c)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	list := strings.Join(missing, ", ")
	return finding("cgroup controllers", Fail, textf("missing: %s", "없음: %s", list),
		textf("enable them at boot (on a Raspberry Pi: cgroup_enable=memory in cmdline.txt); in a container, mount all of /sys/fs/cgroup",
			"부팅할 때 켜세요(라즈베리 파이: cmdline.txt에 cgroup_enable=memory). 컨테이너 안이라면 /sys/fs/cgroup 전체를 마운트하세요"))
}

func capabilities(f *Facts) []Finding {
	lacks := f.LacksSysResource
	if f.Engine != nil {
		lacks = f.Engine.LacksSysResource
	}
	if !lacks {
		return nil
	}
	return finding("capabilities", OK, textf(
		"the host lacks CAP_SYS_RESOURCE: podlab adapts its own engine with podlab-oci, and its nodes with restrict_oom_score_adj",
		"호스트에 CAP_SYS_RESOURCE가 없습니다: podlab은 자기 엔진을 podlab-oci로, 노드를 restrict_oom_score_adj로 맞춥니다"),
		textf("for clusters that podlab does not create, make the same changes or use a host with that capability",
			"podlab이 만들지 않은 클러스터에는 같은 설정을 쓰거나, 그 권한이 있는 호스트를 쓰세요"))
}

// A cluster of two nodes needed 900 watches and 40 instances in a measurement.
// Below the good limit, one cluster barely fits. Below the least limit, it does not
// fit beside other programs. kind's recommendation is for many nodes.
const (
	goodWatches, leastWatches, kindWatches       = 65536, 8192, 524288
	goodInstances, leastInstances, kindInstances = 128, 64, 512
)

func inotify(f *Facts) []Finding {
	var findings []Finding
	for _, limit := range []struct {
		name              string
		good, least, kind uint64
	}{
		{"max_user_watches", goodWatches, leastWatches, kindWatches},
		{"max_user_instances", goodInstances, leastInstances, kindInstances},
	} {
		have, ok := f.number("proc/sys/fs/inotify/" + limit.name)
		if !ok {
			continue
		}
		verdict, seen := OK, textf("%d", "%d", have)
		var fix text.Text
		if have < limit.kind {
			setting := fmt.Sprintf("fs.inotify.%s=%d", limit.name, limit.kind)
			seen = textf("%d: enough for one small cluster; kind recommends %d", "%d: 작은 클러스터 하나에는 충분합니다. kind 권장값은 %d입니다", have, limit.kind)
			fix = textf("run sudo sysctl %s, and add the same setting to /etc/sysctl.d/99-kind.conf", "실행하고, 같은 설정을 /etc/sysctl.d/99-kind.conf에도 넣으세요: sudo sysctl %s", setting)
		}
		if have < limit.good {
			verdict = Warn
			seen = textf("%d: barely enough for one cluster; kind recommends %d", "%d: 클러스터 하나에도 빠듯합니다. kind 권장값은 %d입니다", have, limit.kind)
		}
		if have < limit.least {
			verdict = Fail
			seen = textf("%d: pods will fail with \"too many open files\"", "%d: 파드가 \"too many open files\"로 실패합니다", have)
		}
		findings = append(findings, finding("inotify "+strings.TrimPrefix(limit.name, "max_user_"), verdict, seen, fix)...)
	}
	return findings
}

func netfilter(f *Facts) []Finding {
	if !f.linux() || f.exists("proc/sys/net/netfilter") || f.exists("proc/net/ip_tables_names") {
		return nil
	}
	return finding("netfilter", Fail, textf("the kernel has not loaded netfilter", "커널에 netfilter가 로드되어 있지 않습니다"),
		textf("load it: sudo modprobe -a nf_conntrack ip_tables br_netfilter", "로드하세요: sudo modprobe -a nf_conntrack ip_tables br_netfilter"))
}

// firewalld checks for firewalld with nftables, which may drop packets between
// nodes. docker before 20.10 does not work with it at all.
func firewalld(f *Facts) []Finding {
	if !f.linux() || !f.exists("run/firewalld") && !f.exists("run/firewalld.pid") {
		return nil
	}
	if strings.Contains(f.read("etc/firewalld/firewalld.conf"), "\nFirewallBackend=iptables") {
		return nil
	}
	return finding("firewalld", Warn, textf("firewalld uses nftables, which may block traffic between nodes",
		"firewalld가 nftables를 쓰고 있어서 노드 사이의 통신이 막힐 수 있습니다"),
		textf("if nodes can't reach each other, set FirewallBackend=iptables in /etc/firewalld/firewalld.conf and restart firewalld",
			"노드끼리 통신할 수 없으면 /etc/firewalld/firewalld.conf에 FirewallBackend=iptables를 넣고 firewalld를 다시 시작하세요"))
}

func selinux(f *Facts) []Finding {
	if f.read("sys/fs/selinux/enforce") != "1" {
		return nil
	}
	return finding("SELinux", OK, textf("enforcing", "강제(enforcing)"),
		textf("if nodes fail with \"permission denied\", run sudo setenforce 0 and try again to see whether SELinux is the cause",
			"노드가 \"permission denied\"로 실패하면, sudo setenforce 0을 실행하고 다시 시도해 SELinux가 원인인지 확인하세요"))
}
