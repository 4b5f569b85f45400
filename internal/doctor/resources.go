package doctor

import (
	"strconv"
	"strings"
)

// What a two-node cluster and the making of its images take, in bytes: a node
// image of 2 GiB, as much again for its containers, and caches of Go's of 6.
const (
	gib          = 1 << 30
	leastEngine  = 5 * gib
	goodEngine   = 10 * gib
	leastCache   = 2 * gib
	goodCache    = 12 * gib
	leastMemory  = 2 * gib
	goodMemory   = 4 * gib
	leastFreeMem = 1 * gib
)

func disk(f *Facts) []Finding {
	var findings []Finding
	for _, d := range f.Disks {
		least, good := uint64(leastEngine), uint64(goodEngine)
		fix := say("free some of it: docker system df shows what the engine keeps", "공간을 비우세요: docker system df로 엔진이 쓰는 공간을 볼 수 있습니다")
		if d.Use == "cache" {
			least, good = leastCache, goodCache
			fix = say("free some of it, or name another place in PODLAB_CACHE_DIR", "공간을 비우거나 PODLAB_CACHE_DIR로 다른 곳을 지정하세요")
		}
		verdict, seen := OK, say("%s free at %s", "%s 비어 있음 (%s)", size(d.Free), d.Path)
		switch {
		case d.Free < least:
			verdict = Fail
		case d.Free < good:
			verdict = Warn
		default:
			fix = nothing
		}
		findings = append(findings, one("disk "+d.Use, verdict, seen, fix)...)
	}
	return findings
}

func memory(f *Facts) []Finding {
	total := f.kib("MemTotal")
	if f.Engine != nil && f.Engine.Memory > 0 {
		total = uint64(f.Engine.Memory)
	}
	if total == 0 {
		return nil
	}
	seen := say("%s for containers", "컨테이너용 %s", size(total))
	fix := say("give the engine (or its virtual machine) 4 GiB or more", "엔진(또는 그 가상 머신)에 4 GiB 이상을 주세요")
	switch {
	case total < leastMemory:
		return one("memory", Fail, seen, fix)
	case total < goodMemory:
		return one("memory", Warn, seen, fix)
	}
	if free := f.kib("MemAvailable"); f.linux() && free > 0 && free < leastFreeMem {
		return one("memory", Warn, say("%s, of which only %s are available", "%s 가운데 %s만 쓸 수 있습니다", size(total), size(free)),
			say("end what you do not need", "필요 없는 프로그램을 끝내세요"))
	}
	return one("memory", OK, seen, nothing)
}

// kib reads a line of /proc/meminfo, in bytes; 0 when it is not there.
func (f *Facts) kib(name string) uint64 {
	n, err := strconv.ParseUint(strings.TrimSuffix(f.field("proc/meminfo", name), " kB"), 10, 64)
	if err != nil {
		return 0
	}
	return n << 10
}

func ports(f *Facts) []Finding {
	var findings []Finding
	for _, p := range f.Ports {
		name := "port " + strconv.Itoa(p.Number)
		switch {
		case p.Busy == nil:
			findings = append(findings, one(name, OK, say("free", "비어 있음"), nothing)...)
		case p.Cluster != "":
			findings = append(findings, one(name, OK, say("published by cluster %s (%s)", "클러스터 %s가 씁니다 (%s)", p.Cluster, p.Container),
				say("only one cluster can have it: kind delete cluster --name %s, or podlab down", "한 클러스터만 쓸 수 있습니다: kind delete cluster --name %s, 또는 podlab down", p.Cluster))...)
		case p.Container != "":
			findings = append(findings, one(name, Fail, say("published by container %s", "컨테이너 %s가 씁니다", p.Container),
				say("stop that container", "그 컨테이너를 멈추세요"))...)
		default:
			findings = append(findings, one(name, Fail, say("taken: %v", "사용 중: %v", p.Busy),
				say("end what listens there: ss -ltnp 'sport = :%d' shows it", "듣고 있는 프로그램을 끝내세요: ss -ltnp 'sport = :%d'로 볼 수 있습니다", p.Number))...)
		}
	}
	return findings
}

func packages(f *Facts) []Finding {
	if f.Programs == nil {
		return nil
	}
	var missing []string
	for _, program := range []string{"go", "mmdebstrap"} {
		if f.Programs[program] == "" {
			missing = append(missing, program)
		}
	}
	switch {
	case !f.linux() || !f.Superuser:
		return one("images from packages", OK, say("take Linux and root: here images come from a registry",
			"리눅스와 root 권한이 필요합니다: 여기서는 레지스트리에서 이미지를 가져옵니다"), nothing)
	case len(missing) > 0:
		return one("images from packages", Warn, say("not on PATH: %s; images can only come from a registry", "PATH에 없음: %s. 레지스트리에서만 이미지를 가져올 수 있습니다", strings.Join(missing, ", ")),
			say("install Go 1.26 (https://go.dev/dl) and apt-get install mmdebstrap", "Go 1.26(https://go.dev/dl)을 설치하고 apt-get install mmdebstrap을 실행하세요"))
	}
	return one("images from packages", OK, say("Go and mmdebstrap are there", "Go와 mmdebstrap이 있습니다"), nothing)
}
