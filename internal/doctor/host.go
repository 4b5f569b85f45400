package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"podlab/internal/text"
)

// oldestKernel is the first with pidfd_open, by which podlab follows and
// signals processes; kind itself asks for cgroup namespaces, which are older.
const oldestKernel = "5.3"

func kernel(f *Facts) []Finding {
	release := f.read("proc/sys/kernel/osrelease")
	if f.Engine != nil && f.Engine.Kernel != "" {
		release = f.Engine.Kernel
	}
	switch {
	case release == "":
		return nil
	case older(release, oldestKernel):
		return one("kernel", Fail, say("Linux %s, older than %s", "리눅스 %s: %s보다 오래되었습니다", release, oldestKernel),
			say("use a newer kernel, or a virtual machine that has one", "더 새로운 커널이나, 그런 커널을 쓰는 가상 머신을 쓰세요"))
	}
	return one("kernel", OK, say("Linux %s", "리눅스 %s", release), nothing)
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
		return one("cgroup", OK, say(
			"version 1: podlab tells the kubelet to accept it (failCgroupV1: false)",
			"버전 1: podlab이 kubelet에 받아들이게 합니다 (failCgroupV1: false)"),
			say("clusters made otherwise need the same, or boot with systemd.unified_cgroup_hierarchy=1",
				"다른 방법으로 만든 클러스터도 같은 설정이 필요합니다. 또는 systemd.unified_cgroup_hierarchy=1로 부팅하세요"))
	}
	return one("cgroup", OK, say("version %d", "버전 %d", version), nothing)
}

// controllers knows the boards and containers whose kernel keeps some away.
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
	return one("cgroup controllers", Fail, say("missing: %s", "없음: %s", list),
		say("enable them when booting (on a Raspberry Pi: cgroup_enable=memory in cmdline.txt), or give this container all of /sys/fs/cgroup",
			"부팅할 때 켜거나(라즈베리 파이: cmdline.txt에 cgroup_enable=memory), 이 컨테이너에 /sys/fs/cgroup 전체를 주세요"))
}

// capSysResource is the number of CAP_SYS_RESOURCE in linux/capability.h.
const capSysResource = 24

func capabilities(f *Facts) []Finding {
	lacks := f.Engine != nil && f.Engine.LacksSysResource
	if f.Engine == nil && f.linux() {
		set, err := strconv.ParseUint(f.field("proc/self/status", "CapBnd"), 16, 64)
		if err != nil {
			return nil
		}
		lacks = set&(1<<capSysResource) == 0
	}
	if !lacks {
		return nil
	}
	return one("capabilities", OK, say(
		"CAP_SYS_RESOURCE can't be had: podlab starts its own engine with podlab-oci, and its nodes with restrict_oom_score_adj",
		"CAP_SYS_RESOURCE를 얻을 수 없습니다: podlab은 podlab-oci로 자기 엔진을, restrict_oom_score_adj로 노드를 띄웁니다"),
		say("clusters made otherwise need the same, or a host that has it",
			"다른 방법으로 만든 클러스터도 같은 설정이나 그 권한이 있는 호스트가 필요합니다"))
}

// One cluster of two nodes was seen to take 900 watches and 40 instances: with
// less than good it gets tight, with less than least there is no room beside
// it. What kind recommends is for many nodes.
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
		verdict, seen := OK, say("%d", "%d", have)
		var fix text.Text
		if have < limit.kind {
			setting := fmt.Sprintf("fs.inotify.%s=%d", limit.name, limit.kind)
			seen = say("%d: enough for one small cluster; kind recommends %d", "%d: 작은 클러스터 하나에는 충분합니다. kind는 %d를 권합니다", have, limit.kind)
			fix = say("sudo sysctl %s, and the same line in /etc/sysctl.d/99-kind.conf", "sudo sysctl %s, 그리고 같은 줄을 /etc/sysctl.d/99-kind.conf에 넣으세요", setting)
		}
		if have < limit.good {
			verdict = Warn
			seen = say("%d: tight for one cluster; kind recommends %d", "%d: 클러스터 하나에도 빠듯합니다. kind는 %d를 권합니다", have, limit.kind)
		}
		if have < limit.least {
			verdict = Fail
			seen = say("%d: pods will fail with \"too many open files\"", "%d: 파드가 \"too many open files\"로 실패합니다", have)
		}
		findings = append(findings, one("inotify "+strings.TrimPrefix(limit.name, "max_user_"), verdict, seen, fix)...)
	}
	return findings
}

func netfilter(f *Facts) []Finding {
	if !f.linux() || f.exists("proc/sys/net/netfilter") || f.exists("proc/net/ip_tables_names") {
		return nil
	}
	return one("netfilter", Fail, say("the kernel has no netfilter loaded", "커널에 netfilter가 올라와 있지 않습니다"),
		say("load it: sudo modprobe nf_conntrack ip_tables br_netfilter", "올리세요: sudo modprobe nf_conntrack ip_tables br_netfilter"))
}

// firewalld knows that docker before 20.10 and firewalld's nftables don't
// agree, and that others may drop what goes between nodes.
func firewalld(f *Facts) []Finding {
	if !f.linux() || !f.exists("run/firewalld") && !f.exists("run/firewalld.pid") {
		return nil
	}
	if strings.Contains(f.read("etc/firewalld/firewalld.conf"), "\nFirewallBackend=iptables") {
		return nil
	}
	return one("firewalld", Warn, say("firewalld runs on nftables, which may keep nodes from reaching each other",
		"firewalld가 nftables로 돌고 있어 노드끼리 통하지 않을 수 있습니다"),
		say("should that happen, set FirewallBackend=iptables in /etc/firewalld/firewalld.conf and restart firewalld",
			"그럴 때는 /etc/firewalld/firewalld.conf에 FirewallBackend=iptables를 넣고 firewalld를 다시 시작하세요"))
}

func selinux(f *Facts) []Finding {
	if f.read("sys/fs/selinux/enforce") != "1" {
		return nil
	}
	return one("SELinux", OK, say("enforcing", "강제(enforcing)"),
		say("should nodes fail with \"permission denied\", try once with sudo setenforce 0",
			"노드가 \"permission denied\"로 실패하면 sudo setenforce 0으로 한번 시험해 보세요"))
}
