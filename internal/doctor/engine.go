package doctor

import (
	"encoding/json"
	"errors"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"

	"podlab/internal/engine"
)

func usableEngine(f *Facts) []Finding {
	if e := f.Engine; e != nil {
		seen := textf("%s %s: privileged containers start", "%s %s: 특권(privileged) 컨테이너가 시작됩니다", e.Binary, e.Version)
		if e.Own {
			seen = textf("podlab's own %s %s: privileged containers start", "podlab이 띄운 %s %s: 특권(privileged) 컨테이너가 시작됩니다", e.Binary, e.Version)
		}
		return finding("engine", OK, seen, noFix)
	}
	seen := textf("no container engine is usable", "쓸 수 있는 컨테이너 엔진이 없습니다")
	fix := textf("start one, or run podlab engine up to let podlab start one", "직접 시작하거나, podlab engine up을 실행해 podlab이 시작하게 하세요")
	if none, ok := errors.AsType[*engine.NoneError](f.None); ok {
		reasons := none.Reasons()
		seen = textf("no container engine is usable (%s)", "쓸 수 있는 컨테이너 엔진이 없습니다 (%s)", reasons)
		if strings.Contains(reasons, "permission denied") {
			fix = textf("join the engine's group and log in again: sudo usermod -aG docker $USER",
				"사용자를 엔진의 그룹에 추가한 뒤 다시 로그인하세요: sudo usermod -aG docker $USER")
		} else if f.OS != "linux" {
			fix = textf("install Docker Desktop, OrbStack or Colima, and start it",
				"Docker Desktop, OrbStack, Colima 가운데 하나를 설치하고 시작하세요")
		}
	}
	return finding("engine", Fail, seen, fix)
}

// oldestEngine are the first versions with the features that kind needs:
// --cgroupns of docker and nerdctl, networks of podman.
var oldestEngine = map[string]string{"docker": "20.10", "podman": "3.0", "nerdctl": "1.7"}

func engineVersion(f *Facts) []Finding {
	if f.Engine == nil {
		return nil
	}
	oldest, ok := oldestEngine[f.Engine.Provider]
	if !ok || !isOlder(f.Engine.Version, oldest) {
		return nil // usableEngine reports the version
	}
	return finding("engine version", Fail,
		textf("%s %s is older than %s, the oldest version that kind supports", "%s %s: kind에는 %s 이상이 필요합니다", f.Engine.Provider, f.Engine.Version, oldest),
		textf("upgrade %s", "업그레이드하세요: %s", f.Engine.Provider))
}

// isOlder compares versions. It returns false if it can't read the first one.
func isOlder(have, than string) bool {
	v, err := version.ParseGeneric(have)
	return err == nil && v.LessThan(version.MustParseGeneric(than))
}

func storage(f *Facts) []Finding {
	if f.Engine == nil || f.Engine.Driver == "" {
		return nil
	}
	seen := textf("%s, data in %s", "%s, 데이터 위치 %s", f.Engine.Driver, f.Engine.Root)
	if f.Engine.Driver == "vfs" {
		return finding("storage driver", Warn, seen,
			textf("move the engine's data to ext4 or xfs: the vfs driver copies the whole image for each container",
				"엔진의 데이터를 ext4나 xfs로 옮기세요: vfs 드라이버는 컨테이너마다 이미지를 통째로 복사합니다"))
	}
	return finding("storage driver", OK, seen, noFix)
}

func rootless(f *Facts) []Finding {
	switch {
	case f.Engine == nil || !f.Engine.Rootless:
		return nil
	case f.Engine.CgroupVersion == 1:
		return finding("rootless", Fail, textf("the engine runs rootless on cgroup v1", "엔진이 cgroup v1에서 rootless로 실행됩니다"),
			textf("use an engine that runs as root, or boot with systemd.unified_cgroup_hierarchy=1",
				"root로 실행되는 엔진을 쓰거나 systemd.unified_cgroup_hierarchy=1로 부팅하세요"))
	}
	return finding("rootless", Warn, textf("the engine runs rootless", "엔진이 rootless로 실행됩니다"),
		textf("delegate all cgroup controllers to your user: https://kind.sigs.k8s.io/docs/user/rootless",
			"모든 cgroup 컨트롤러를 사용자에게 위임하세요: https://kind.sigs.k8s.io/docs/user/rootless"))
}

// daemonConfig checks docker's "init" setting, which runs docker's init as process
// 1 of a node.
func daemonConfig(f *Facts) []Finding {
	const file = "etc/docker/daemon.json"
	text := f.read(file)
	if text == "" || f.Engine == nil || f.Engine.Own || f.Engine.Provider != "docker" {
		return nil
	}
	var config struct{ Init bool }
	if err := json.Unmarshal([]byte(text), &config); err != nil {
		return finding("daemon.json", Warn, textf("/%s is not valid JSON: %v", "/%s 파일이 올바른 JSON이 아닙니다: %v", file, err),
			textf("correct the file, or docker will not start again", "파일을 고치지 않으면 docker가 다시 시작되지 않습니다"))
	}
	if !config.Init {
		return nil
	}
	return finding("daemon.json", Fail,
		textf(`/%s sets "init": true, so systemd is not process 1 of a node`, `/%s에 "init": true가 있어서 노드의 systemd가 1번 프로세스가 되지 못합니다`, file),
		textf(`remove "init" from the file and restart docker`, `파일에서 "init"을 지우고 docker를 다시 시작하세요`))
}
