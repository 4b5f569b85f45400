package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const (
	adviceInstall = "install Docker Engine (https://docs.docker.com/engine/install), start it, and try again"
	adviceUp      = "start one, or run podlab engine up to let podlab start one"
	adviceSudo    = "start one; if its permissions are the problem, join its group (sudo usermod -aG docker $USER, then log in again); or run sudo podlab engine up to let podlab start one"
)

// refusal returns advice if podlab may not or can't start an engine here, else "".
func (f *finder) refusal() string {
	switch policy := f.getenv("PODLAB_ENGINE"); policy {
	case "", "auto":
	case "existing":
		return "start one yourself: PODLAB_ENGINE=existing forbids podlab to start one"
	default:
		return fmt.Sprintf("set PODLAB_ENGINE to auto or existing, not %q", policy)
	}
	if chosen := f.chosen(); chosen != "" {
		return chosenAdvice(chosen)
	}
	if os.Geteuid() != 0 {
		return adviceSudo
	}
	if program("dockerd") == "" && program("apt-get") == "" {
		return adviceInstall
	}
	return ""
}

func (f *finder) advice() string {
	if r := f.refusal(); r != "" {
		return r
	}
	return adviceUp
}

// startEngine installs docker if it is missing. It then returns the system's
// docker, which it starts if systemd can, or else starts podlab's own daemon.
func (f *finder) startEngine(ctx context.Context, tried []Attempt) (*Engine, error) {
	none := &NoneError{Tried: tried, Advice: f.refusal()}
	if none.Advice != "" {
		return nil, none
	}
	if ok, err := f.askConsent(); err != nil {
		return nil, err
	} else if !ok {
		none.Advice = adviceInstall
		return nil, none
	}
	unlock, err := f.daemon.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := f.install(ctx); err != nil {
		return nil, err
	}
	if e := f.systemEngine(ctx); e != nil {
		return e, nil
	}
	step := f.progress.Begin("start dockerd", 0)
	err = f.daemon.start(ctx)
	step.End(err)
	if err != nil {
		return nil, err
	}
	e, err := f.daemon.Engine(ctx)
	if err != nil {
		return nil, fmt.Errorf("get info from podlab's own docker: %w", err)
	}
	problem, err := f.checkPrivileged(ctx, e)
	if err != nil {
		return nil, err
	}
	if problem != nil {
		none.Tried = append(none.Tried, Attempt{"podlab's own docker", problem})
		none.Advice = "privileged containers do not start on this machine: run podlab doctor to find out why"
		return nil, none
	}
	return e, nil
}

// askConsent asks the user whether to start an engine. If it can't ask, it logs
// what podlab is about to do.
func (f *finder) askConsent() (bool, error) {
	action := "start dockerd"
	if program("dockerd") == "" {
		action = "install docker.io with apt-get and start dockerd"
	}
	action += " with its data in " + f.daemon.Root
	if f.ask != nil {
		return f.ask("No container engine is usable. May podlab " + action + "?")
	}
	f.progress.Log("No container engine is usable. podlab will %s. Set PODLAB_ENGINE=existing to forbid that.", action)
	return true, nil
}

// systemEngine returns the docker that the machine's init system has started or
// can start, or nil if that docker is missing or not usable.
func (f *finder) systemEngine(ctx context.Context) *Engine {
	docker := f.command("docker", "docker", parseDocker)
	switch {
	case isServed(ctx, standardSocket):
		// findExisting tried this engine before, unless its installation has just
		// started it.
	case exists("/run/systemd/system"):
		step := f.progress.Begin("systemctl start docker", 0)
		out, err := exec.CommandContext(ctx, "systemctl", "start", "docker").CombinedOutput()
		step.End(err)
		if err != nil {
			f.progress.Log("systemctl start docker: %v: %s", err, strings.TrimSpace(string(out)))
			return nil
		}
	case exists("/run/docker-ssd.pid"):
		// sysvinit is starting docker after its installation.
		if err := awaitServed(ctx, standardSocket); err != nil {
			return nil
		}
	default:
		return nil
	}
	e, err := docker.detect(ctx)
	if err != nil {
		return nil
	}
	if problem, err := f.checkPrivileged(ctx, e); problem != nil || err != nil {
		return nil
	}
	return e
}

// program returns the path of a program, or "" if it is not installed. It also
// searches the directories of root's programs, which PATH lacks after su without
// a dash.
func program(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range sbin {
		if path := filepath.Join(dir, name); exists(path) {
			return path
		}
	}
	return ""
}

// sbin are the directories of root's programs.
var sbin = []string{"/usr/local/sbin", "/usr/sbin", "/sbin"}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
