package doctor

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"

	"podlab/internal/engine"
)

// usable tells which engine there is.
func usable(f *Facts) []Finding {
	if e := f.Engine; e != nil {
		seen := say("%s %s: privileged containers start", "%s %s: 특권(privileged) 컨테이너가 시작됩니다", e.Binary, e.Version)
		if e.Own {
			seen = say("podlab's own %s %s: privileged containers start", "podlab이 띄운 %s %s: 특권(privileged) 컨테이너가 시작됩니다", e.Binary, e.Version)
		}
		return one("engine", OK, seen, nothing)
	}
	seen := say("no container engine is usable", "쓸 수 있는 컨테이너 엔진이 없습니다")
	fix := say("start one, or let podlab do it: podlab engine up", "직접 시작하거나 podlab에 맡기세요: podlab engine up")
	if none, ok := errors.AsType[*engine.NoneError](f.None); ok {
		reasons := none.Reasons()
		seen = say("no container engine is usable (%s)", "쓸 수 있는 컨테이너 엔진이 없습니다 (%s)", reasons)
		if strings.Contains(reasons, "permission denied") {
			fix = say("join the engine's group and log in again: sudo usermod -aG docker $USER",
				"엔진의 그룹에 들어간 뒤 다시 로그인하세요: sudo usermod -aG docker $USER")
		} else if f.OS != "linux" {
			fix = say("install Docker Desktop, OrbStack or Colima, and start it",
				"Docker Desktop, OrbStack, Colima 가운데 하나를 설치하고 시작하세요")
		}
	}
	return one("engine", Fail, seen, fix)
}

// oldest are the first versions with what kind asks for: docker's and
// nerdctl's --cgroupns, podman's networks.
var oldest = map[string]string{"docker": "20.10", "podman": "3.0", "nerdctl": "1.7"}

func version(f *Facts) []Finding {
	if f.Engine == nil {
		return nil
	}
	want := oldest[f.Engine.Provider]
	if !older(f.Engine.Version, want) {
		return nil // said by usable
	}
	return one("engine version", Fail,
		say("%s %s is older than %s, which kind needs", "%s %s: kind에는 %s 이상이 필요합니다", f.Engine.Provider, f.Engine.Version, want),
		say("upgrade %s", "%s를 업그레이드하세요", f.Engine.Provider))
}

// older compares the first two numbers of versions. One that can't be read is
// not older.
func older(version, than string) bool {
	have, ok := majorMinor(version)
	want, _ := majorMinor(than)
	return ok && (have[0] < want[0] || have[0] == want[0] && have[1] < want[1])
}

func majorMinor(version string) (n [2]int, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 2 {
		return n, false
	}
	for i := range n {
		digits := parts[i][:len(parts[i])-len(strings.TrimLeft(parts[i], "0123456789"))]
		var err error
		if n[i], err = strconv.Atoi(digits); err != nil {
			return n, false
		}
	}
	return n, true
}

func storage(f *Facts) []Finding {
	if f.Engine == nil || f.Engine.Driver == "" {
		return nil
	}
	seen := say("%s, data in %s", "%s, 데이터 위치 %s", f.Engine.Driver, f.Engine.Root)
	if f.Engine.Driver == "vfs" {
		return one("storage driver", Warn, seen,
			say("keep the engine's data on ext4 or xfs, not on an overlay: vfs copies a whole image for each container",
				"엔진의 데이터를 오버레이가 아닌 ext4나 xfs에 두세요: vfs는 컨테이너마다 이미지를 통째로 복사합니다"))
	}
	return one("storage driver", OK, seen, nothing)
}

func rootless(f *Facts) []Finding {
	switch {
	case f.Engine == nil || !f.Engine.Rootless:
		return nil
	case f.Engine.CgroupVersion == 1:
		return one("rootless", Fail, say("the engine runs rootless on cgroup v1", "엔진이 cgroup v1에서 rootless로 돕니다"),
			say("use an engine that runs as root, or boot with systemd.unified_cgroup_hierarchy=1",
				"root로 도는 엔진을 쓰거나 systemd.unified_cgroup_hierarchy=1로 부팅하세요"))
	}
	return one("rootless", Warn, say("the engine runs rootless", "엔진이 rootless로 돕니다"),
		say("delegate all cgroup controllers to your user, see https://kind.sigs.k8s.io/docs/user/rootless",
			"모든 cgroup 컨트롤러를 사용자에게 위임하세요: https://kind.sigs.k8s.io/docs/user/rootless"))
}

// daemonConfig knows the setting of docker's that puts its own init before the
// node's.
func daemonConfig(f *Facts) []Finding {
	const file = "etc/docker/daemon.json"
	text := f.read(file)
	if text == "" || f.Engine == nil || f.Engine.Own || f.Engine.Provider != "docker" {
		return nil
	}
	var config struct{ Init bool }
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return one("daemon.json", Warn, say("/%s is not JSON: %v", "/%s 파일이 JSON이 아닙니다: %v", file, err),
			say("correct it, or docker will not start again", "고치지 않으면 docker가 다시 시작되지 않습니다"))
	}
	if !config.Init {
		return nil
	}
	return one("daemon.json", Fail,
		say(`/%s sets "init": true, so a node's systemd is not process 1`, `/%s에 "init": true가 있어 노드의 systemd가 1번 프로세스가 되지 못합니다`, file),
		say(`remove "init" from it and restart docker`, `"init"을 지우고 docker를 다시 시작하세요`))
}
