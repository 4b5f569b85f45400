package doctor_test

import (
	"errors"
	"maps"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"

	"podlab/internal/doctor"
	"podlab/internal/engine"
)

// healthy returns a machine without problems.
func healthy() *machine {
	return &machine{
		files: map[string]string{
			"proc/sys/kernel/osrelease":              "6.1.0-37-amd64\n",
			"proc/meminfo":                           "MemTotal:       16000000 kB\nMemAvailable:   12000000 kB\n",
			"proc/sys/fs/inotify/max_user_watches":   "524288\n",
			"proc/sys/fs/inotify/max_user_instances": "512\n",
			"proc/sys/net/netfilter/nf_log":          "",
			"sys/fs/cgroup/cgroup.controllers":       "cpuset cpu io memory hugetlb pids\n",
		},
		env: map[string]string{},
		facts: doctor.Facts{
			OS: "linux", Superuser: true,
			Engine:   &engine.Engine{Provider: "docker", Binary: "docker", Version: "28.2.2", Driver: "overlay2", CgroupVersion: 2, Kernel: "6.1.0-37-amd64", Memory: 16 << 30},
			Disks:    []doctor.Disk{{Use: "engine", Path: "/var/lib/docker", Free: 100 << 30}, {Use: "cache", Path: "/root/.cache", Free: 100 << 30}},
			Ports:    []doctor.Port{{Number: 30000}},
			Programs: map[string]string{"go": "/usr/bin/go", "mmdebstrap": "/usr/bin/mmdebstrap"},
		},
	}
}

type machine struct {
	files map[string]string
	env   map[string]string
	facts doctor.Facts
}

func (m *machine) check() []doctor.Finding {
	root := fstest.MapFS{}
	for name, content := range m.files {
		root[name] = &fstest.MapFile{Data: []byte(content)}
	}
	m.facts.Root = root
	m.facts.Getenv = func(name string) string { return m.env[name] }
	return doctor.Check(&m.facts)
}

func TestHealthyMachineIsOK(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range healthy().check() {
		if f.Verdict != doctor.OK {
			t.Errorf("%+v", f)
		}
		if seen[f.Name] {
			t.Errorf("two findings are named %s", f.Name)
		}
		seen[f.Name] = true
	}
	for _, name := range []string{"engine", "storage driver", "kernel", "cgroup", "inotify watches", "inotify instances", "disk engine", "disk cache", "memory", "port 30000", "images from packages"} {
		if !seen[name] {
			t.Errorf("no finding is named %s", name)
		}
	}
}

// Each case breaks one thing. Only the finding for that thing may change.
func TestEachProblemHasItsFinding(t *testing.T) {
	for _, c := range []struct {
		name    string
		damage  func(*machine)
		finding string
		verdict doctor.Verdict
		seen    string // in the English text
		fix     string // in the English text
	}{
		{
			"no engine", func(m *machine) {
				m.facts.None = &engine.NoneError{Tried: []engine.Attempt{{Name: "docker", Err: errors.New("not running")}}, Advice: "start it"}
				m.facts.Engine = nil
			},
			"engine", doctor.Fail, "docker: not running", "podlab engine up",
		},
		{
			"not in docker's group", func(m *machine) {
				m.facts.None = &engine.NoneError{Tried: []engine.Attempt{{Name: "docker", Err: errors.New("permission denied while trying to connect")}}}
				m.facts.Engine = nil
			},
			"engine", doctor.Fail, "permission denied", "usermod",
		},
		{"old docker", func(m *machine) { m.facts.Engine.Version = "19.03.15" }, "engine version", doctor.Fail, "older than 20.10", "upgrade"},
		{"old podman", func(m *machine) { m.facts.Engine.Provider, m.facts.Engine.Version = "podman", "2.1.1" }, "engine version", doctor.Fail, "older than 3.0", "upgrade"},
		{"old nerdctl", func(m *machine) { m.facts.Engine.Provider, m.facts.Engine.Version = "nerdctl", "v1.6.9" }, "engine version", doctor.Fail, "older than 1.7", "upgrade"},
		{"podlab's engine", func(m *machine) { m.facts.Engine.Own = true }, "engine", doctor.OK, "podlab's own docker 28.2.2", ""},
		{"vfs", func(m *machine) { m.facts.Engine.Driver = "vfs" }, "storage driver", doctor.Warn, "vfs", "ext4"},
		{"rootless", func(m *machine) { m.facts.Engine.Rootless = true }, "rootless", doctor.Warn, "rootless", "delegate"},
		{"rootless on v1", func(m *machine) { m.facts.Engine.Rootless, m.facts.Engine.CgroupVersion = true, 1 }, "rootless", doctor.Fail, "cgroup v1", "root"},
		{"docker's own init", func(m *machine) { m.files["etc/docker/daemon.json"] = `{"init": true}` }, "daemon.json", doctor.Fail, "init", "remove"},
		{"broken daemon.json", func(m *machine) { m.files["etc/docker/daemon.json"] = `{"init": true,}` }, "daemon.json", doctor.Warn, "not valid JSON", "correct"},
		{"old kernel", func(m *machine) { m.facts.Engine.Kernel = "4.18.0-553.el8.x86_64" }, "kernel", doctor.Fail, "4.18", "newer"},
		{"cgroup v1", func(m *machine) { m.facts.Engine.CgroupVersion = 1 }, "cgroup", doctor.OK, "failCgroupV1", "boot"},
		{"no memory cgroup", func(m *machine) { m.files["sys/fs/cgroup/cgroup.controllers"] = "cpuset cpu io pids" }, "cgroup controllers", doctor.Fail, "missing: memory", "enable"},
		{"no CAP_SYS_RESOURCE in containers", func(m *machine) { m.facts.Engine.LacksSysResource = true }, "capabilities", doctor.OK, "podlab-oci", "host"},
		{"few watches", func(m *machine) { m.files["proc/sys/fs/inotify/max_user_watches"] = "60000" }, "inotify watches", doctor.Warn, "60000", "sysctl fs.inotify.max_user_watches=524288"},
		{"default instances", func(m *machine) { m.files["proc/sys/fs/inotify/max_user_instances"] = "128" }, "inotify instances", doctor.OK, "kind recommends 512", "max_user_instances=512"},
		{"no instances", func(m *machine) { m.files["proc/sys/fs/inotify/max_user_instances"] = "32" }, "inotify instances", doctor.Fail, "too many open files", "sysctl fs.inotify.max_user_instances=512"},
		{"no netfilter", func(m *machine) { delete(m.files, "proc/sys/net/netfilter/nf_log") }, "netfilter", doctor.Fail, "not loaded netfilter", "modprobe -a"},
		{"firewalld", func(m *machine) {
			m.files["run/firewalld.pid"] = "1"
			m.files["etc/firewalld/firewalld.conf"] = "# x\nFirewallBackend=nftables\n"
		}, "firewalld", doctor.Warn, "nftables", "FirewallBackend=iptables"},
		{"SELinux", func(m *machine) { m.files["sys/fs/selinux/enforce"] = "1" }, "SELinux", doctor.OK, "enforcing", "setenforce"},
		{"little disk", func(m *machine) { m.facts.Disks[0].Free = 8 << 30 }, "disk engine", doctor.Warn, "8.0 GiB free at /var/lib/docker", "docker system df"},
		{"no disk", func(m *machine) { m.facts.Disks[1].Free = 1 << 30 }, "disk cache", doctor.Fail, "1.0 GiB", "PODLAB_CACHE_DIR"},
		{"little memory", func(m *machine) { m.facts.Engine.Memory = 3 << 30 }, "memory", doctor.Warn, "3.0 GiB", "4 GiB"},
		{"no memory", func(m *machine) { m.facts.Engine.Memory = 1 << 30 }, "memory", doctor.Fail, "1.0 GiB", "4 GiB"},
		{"memory in use", func(m *machine) { m.files["proc/meminfo"] = "MemAvailable:   500000 kB" }, "memory", doctor.Warn, "0.5 GiB", "stop"},
		{"port in use", func(m *machine) { m.facts.Ports[0].Busy = syscall.EADDRINUSE }, "port 30000", doctor.Fail, "address already in use", ":30000"},
		{"port of a container", func(m *machine) {
			m.facts.Ports[0].Busy, m.facts.Ports[0].Container = syscall.EADDRINUSE, "web"
		}, "port 30000", doctor.Fail, "container web", "stop"},
		{"port of a cluster", func(m *machine) {
			m.facts.Ports[0] = doctor.Port{Number: 30000, Busy: syscall.EADDRINUSE, Container: "myk8s-worker", Cluster: "myk8s"}
		}, "port 30000", doctor.OK, "cluster myk8s", "--name myk8s"},
		{"proxy on loopback", func(m *machine) { m.env["https_proxy"] = "http://127.0.0.1:3128" }, "proxy", doctor.Fail, "loopback", "address"},
		{"proxy on localhost", func(m *machine) { m.env["HTTP_PROXY"] = "localhost:3128" }, "proxy", doctor.Fail, "loopback", "address"},
		{"proxy for everything", func(m *machine) { m.env["HTTP_PROXY"] = "http://proxy:3128" }, "proxy", doctor.Warn, "lacks localhost, 127.0.0.1", "NO_PROXY=localhost,"},
		{"proxy for the services", func(m *machine) {
			m.env["HTTP_PROXY"], m.env["no_proxy"] = "http://proxy:3128", "localhost,127.0.0.0/8,svc,.cluster.local,10.244.0.0/15"
		}, "proxy", doctor.Warn, "NO_PROXY lacks 10.96.0.0/16", ",10.96.0.0/16"},
		{"proxy, cluster excluded", func(m *machine) {
			m.env["HTTP_PROXY"], m.env["NO_PROXY"] = "http://proxy:3128", "localhost,127.0.0.1,.svc,cluster.local,10.0.0.0/8"
		}, "proxy", doctor.OK, "excludes the cluster", ""},
		{"no Go", func(m *machine) { delete(m.facts.Programs, "go") }, "images from packages", doctor.Warn, "not on PATH: go", "go.dev"},
		{"not root", func(m *machine) { m.facts.Superuser = false }, "images from packages", doctor.OK, "registry", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := healthy()
			before := byName(m.check())
			c.damage(m)
			after := byName(m.check())
			f := after[c.finding]
			if f.Verdict != c.verdict || !strings.Contains(f.Seen.EN, c.seen) || !strings.Contains(f.Fix.EN, c.fix) {
				t.Errorf("got %+v", f)
			}
			if c.fix != "" && f.Fix.EN == "" || (f.Verdict != doctor.OK && len(f.Fix.Missing()) > 0) || len(f.Seen.Missing()) > 0 {
				t.Errorf("a language is missing: %+v", f)
			}
			if strings.Contains(f.Seen.EN+f.Seen.KO+f.Fix.EN+f.Fix.KO, "%!") {
				t.Errorf("a text has a format error: %+v", f)
			}
			for name, f := range after {
				if b, ok := before[name]; name != c.finding && (!ok || b.Verdict != f.Verdict) {
					t.Errorf("%s also changed: %+v", name, f)
				}
			}
		})
	}
}

// Each case changes something that is not a problem.
func TestNoFindingWithoutProblem(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*machine)
		finding string
	}{
		{"unknown engine version", func(m *machine) { m.facts.Engine.Version = "dev" }, "engine version"},
		{"unknown provider", func(m *machine) { m.facts.Engine.Provider = "other" }, "engine version"},
		{"unknown storage driver", func(m *machine) { m.facts.Engine.Driver = "" }, "storage driver"},
		{"daemon.json without init", func(m *machine) { m.files["etc/docker/daemon.json"] = `{"debug": true}` }, "daemon.json"},
		{"daemon.json of another engine", func(m *machine) {
			m.facts.Engine.Own, m.files["etc/docker/daemon.json"] = true, `{"init": true}`
		}, "daemon.json"},
		{"unknown kernel", func(m *machine) {
			m.facts.Engine.Kernel = ""
			delete(m.files, "proc/sys/kernel/osrelease")
		}, "kernel"},
		{"unknown cgroup version", func(m *machine) { m.facts.Engine.CgroupVersion = 0 }, "cgroup"},
		{"only the process lacks CAP_SYS_RESOURCE", func(m *machine) { m.facts.LacksSysResource = true }, "capabilities"},
		{"firewalld with iptables", func(m *machine) {
			m.files["run/firewalld.pid"] = "1"
			m.files["etc/firewalld/firewalld.conf"] = "# x\nFirewallBackend=iptables\n"
		}, "firewalld"},
		{"SELinux permissive", func(m *machine) { m.files["sys/fs/selinux/enforce"] = "0" }, "SELinux"},
		{"unknown memory", func(m *machine) {
			m.facts.Engine.Memory = 0
			delete(m.files, "proc/meminfo")
		}, "memory"},
		{"unknown programs", func(m *machine) { m.facts.Programs = nil }, "images from packages"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := healthy()
			c.change(m)
			found := byName(m.check())
			if f, ok := found[c.finding]; ok {
				t.Errorf("got %+v, want no such finding", f)
			}
			for name, f := range found {
				if f.Verdict != doctor.OK {
					t.Errorf("%s: got %+v, want ok", name, f)
				}
			}
		})
	}
}

// Without an engine, the checks use the machine's files.
func TestChecksWithoutEngine(t *testing.T) {
	for _, c := range []struct {
		name    string
		damage  func(*machine)
		finding string
		verdict doctor.Verdict
		seen    string
	}{
		{"reason unknown", func(*machine) {}, "engine", doctor.Fail, "no container engine is usable"},
		{"cgroup v2", func(*machine) {}, "cgroup", doctor.OK, "version 2"},
		{"cgroup v1", func(m *machine) {
			delete(m.files, "sys/fs/cgroup/cgroup.controllers")
			for _, controller := range []string{"cpu", "cpuset", "memory", "pids"} {
				m.files["sys/fs/cgroup/"+controller+"/tasks"] = ""
			}
		}, "cgroup", doctor.OK, "version 1"},
		{"old kernel", func(m *machine) { m.files["proc/sys/kernel/osrelease"] = "5.2.21\n" }, "kernel", doctor.Fail, "5.2.21"},
		{"no CAP_SYS_RESOURCE", func(m *machine) { m.facts.LacksSysResource = true }, "capabilities", doctor.OK, "CAP_SYS_RESOURCE"},
		{"little memory", func(m *machine) { m.files["proc/meminfo"] = "MemTotal: 3145728 kB" }, "memory", doctor.Warn, "3.0 GiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := healthy()
			m.facts.Engine, m.facts.None = nil, errors.New("not checked")
			c.damage(m)
			f := byName(m.check())[c.finding]
			if f.Verdict != c.verdict || !strings.Contains(f.Seen.EN, c.seen) {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestProxyFindingsHideThePassword(t *testing.T) {
	for _, value := range []string{"http://user:secret@127.0.0.1:3128", "user:secret@proxy:3128", "http://user:secret@%zz"} {
		m := healthy()
		m.env["HTTPS_PROXY"] = value
		f, ok := byName(m.check())["proxy"]
		if !ok || strings.Contains(f.Seen.EN+f.Seen.KO+f.Fix.EN+f.Fix.KO, "secret") {
			t.Errorf("%s: got %+v", value, f)
		}
	}
}

func byName(findings []doctor.Finding) map[string]doctor.Finding {
	m := make(map[string]doctor.Finding)
	for _, f := range findings {
		m[f.Name] = f
	}
	return m
}

// On macOS the engine runs in a virtual machine, so the checks must not read the
// machine's files.
func TestChecksIgnoreFilesOfMacOS(t *testing.T) {
	m := healthy()
	m.facts.OS = "darwin"
	clear(m.files)
	for _, f := range m.check() {
		if f.Verdict != doctor.OK {
			t.Errorf("%+v", f)
		}
	}
	m.facts.Engine = nil
	m.facts.None = &engine.NoneError{}
	found := byName(m.check())
	if fix := found["engine"].Fix.EN; !strings.Contains(fix, "Docker Desktop") {
		t.Errorf("fix is %q, want an engine for macOS", fix)
	}
	maps.DeleteFunc(found, func(_ string, f doctor.Finding) bool { return f.Verdict == doctor.OK })
	if len(found) != 1 {
		t.Errorf("got %v, want a problem only with the engine", found)
	}
}

func TestExamineThisMachine(t *testing.T) {
	t.Setenv("PODLAB_STATE_DIR", t.TempDir())
	t.Setenv("PODLAB_CACHE_DIR", t.TempDir())
	t.Setenv("PATH", "/nonexistent") // so there is no engine
	findings, err := doctor.Examine(t.Context(), doctor.Options{Ports: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	found := byName(findings)
	for _, name := range []string{"engine", "disk cache", "port 1"} {
		if found[name].Seen.EN == "" {
			t.Errorf("no finding is named %s", name)
		}
	}
	for _, f := range findings {
		t.Logf("%-22s %-4s %s [%s]", f.Name, f.Verdict, f.Seen.EN, f.Fix.EN)
	}
}
