package doctor

import (
	"strconv"
	"strings"
)

// What a cluster of two nodes and building its images need, in bytes: 2 GiB for
// the node image, 2 GiB for its containers, 6 GiB for Go's caches.
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

func disks(f *Facts) []Finding {
	var findings []Finding
	for _, d := range f.Disks {
		least, good := uint64(leastEngine), uint64(goodEngine)
		fix := textf("free some space: docker system df shows what the engine uses", "공간을 비우세요: docker system df로 엔진이 쓰는 공간을 볼 수 있습니다")
		if d.Use == "cache" {
			least, good = leastCache, goodCache
			fix = textf("free some space, or choose another directory with PODLAB_CACHE_DIR", "공간을 비우거나 PODLAB_CACHE_DIR로 다른 디렉터리를 지정하세요")
		}
		verdict, seen := OK, textf("%s free at %s", "%s 비어 있음 (%s)", size(d.Free), d.Path)
		switch {
		case d.Free < least:
			verdict = Fail
		case d.Free < good:
			verdict = Warn
		default:
			fix = noFix
		}
		findings = append(findings, finding("disk "+d.Use, verdict, seen, fix)...)
	}
	return findings
}

func memory(f *Facts) []Finding {
	total := f.meminfo("MemTotal")
	if f.Engine != nil && f.Engine.Memory > 0 {
		total = uint64(f.Engine.Memory)
	}
	if total == 0 {
		return nil
	}
	seen := textf("%s for containers", "컨테이너용 %s", size(total))
	fix := textf("give the engine (or its virtual machine) at least 4 GiB", "엔진(또는 그 가상 머신)에 4 GiB 이상을 주세요")
	switch {
	case total < leastMemory:
		return finding("memory", Fail, seen, fix)
	case total < goodMemory:
		return finding("memory", Warn, seen, fix)
	}
	if free := f.meminfo("MemAvailable"); f.linux() && free > 0 && free < leastFreeMem {
		return finding("memory", Warn, textf("%s, but only %s available", "%s 가운데 %s만 쓸 수 있습니다", size(total), size(free)),
			textf("stop programs that you do not need", "필요 없는 프로그램을 끝내세요"))
	}
	return finding("memory", OK, seen, noFix)
}

// meminfo returns a value of /proc/meminfo in bytes, or 0 if it is missing.
func (f *Facts) meminfo(name string) uint64 {
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
			findings = append(findings, finding(name, OK, textf("free", "비어 있음"), noFix)...)
		case p.Cluster != "":
			findings = append(findings, finding(name, OK, textf("published by cluster %s (%s)", "사용 중: 클러스터 %s (%s)", p.Cluster, p.Container),
				textf("only one cluster can use the port: to free it, run kind delete cluster --name %s, or podlab down if podlab created that cluster", "포트는 한 클러스터만 쓸 수 있습니다. 비우려면 kind delete cluster --name %s, podlab이 만든 클러스터라면 podlab down을 실행하세요", p.Cluster))...)
		case p.Container != "":
			findings = append(findings, finding(name, Fail, textf("published by container %s", "사용 중: 컨테이너 %s", p.Container),
				textf("stop that container", "그 컨테이너를 멈추세요"))...)
		default:
			findings = append(findings, finding(name, Fail, textf("in use: %v", "사용 중: %v", p.Busy),
				textf("stop the process that listens on it: ss -ltnp 'sport = :%d' shows the process", "그 포트에서 리슨하는 프로세스를 끝내세요: ss -ltnp 'sport = :%d'로 볼 수 있습니다", p.Number))...)
		}
	}
	return findings
}

func packages(f *Facts) []Finding {
	if f.Programs == nil {
		return nil
	}
	const name = "images from packages"
	var missing []string
	for _, program := range []string{"go", "mmdebstrap"} {
		if f.Programs[program] == "" {
			missing = append(missing, program)
		}
	}
	switch {
	case !f.linux() || !f.Superuser:
		return finding(name, OK, textf("building needs Linux and root, so podlab pulls images from a registry",
			"빌드에는 리눅스와 root 권한이 필요합니다. 여기서는 레지스트리에서 이미지를 가져옵니다"), noFix)
	case len(missing) > 0:
		return finding(name, Warn, textf("not on PATH: %s; podlab can only pull images from a registry", "PATH에 없음: %s. 레지스트리에서만 이미지를 가져올 수 있습니다", strings.Join(missing, ", ")),
			textf("install Go 1.26 (https://go.dev/dl), and run apt-get install mmdebstrap", "Go 1.26(https://go.dev/dl)을 설치하고 apt-get install mmdebstrap을 실행하세요"))
	}
	return finding(name, OK, textf("Go and mmdebstrap are installed", "Go와 mmdebstrap이 설치되어 있습니다"), noFix)
}
