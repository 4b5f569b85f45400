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
	adviceUp      = "start one, or let podlab do it: podlab engine up"
	adviceSudo    = "start it or, if it refuses you, join its group (sudo usermod -aG docker $USER, then log in again); or let podlab start one: sudo podlab engine up"
)

// refusal returns what to do when podlab may not or can't start an engine
// here, and "" when it can.
func (f *finder) refusal() string {
	switch policy := f.getenv("PODLAB_ENGINE"); policy {
	case "", "auto":
	case "existing":
		return "start one yourself, as PODLAB_ENGINE=existing forbids podlab to"
	default:
		return fmt.Sprintf("set PODLAB_ENGINE to auto or existing: it is %q", policy)
	}
	if chosen := f.chosen(); chosen != "" {
		return fmt.Sprintf("mend that one, or unset it to let podlab look elsewhere: %s", chosen)
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

// obtain makes an engine usable: it installs docker where that is missing, has
// systemd start it where systemd is in charge, and starts a dockerd of
// podlab's own where that is not enough.
func (f *finder) obtain(ctx context.Context, tried []Attempt) (*Engine, error) {
	none := &NoneError{Tried: tried, Advice: f.refusal()}
	if none.Advice != "" {
		return nil, none
	}
	if ok, err := f.consent(); err != nil {
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
	if e := f.system(ctx); e != nil {
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
		return nil, fmt.Errorf("ask podlab's own docker what it is: %w", err)
	}
	why, err := f.prove(ctx, e)
	if err != nil {
		return nil, err
	}
	if why != nil {
		none.Tried = append(none.Tried, Attempt{"podlab's own docker", why})
		none.Advice = "this machine can't carry privileged containers: see podlab doctor"
		return nil, none
	}
	return e, nil
}

// consent asks whether to go on, or says what is about to be done.
func (f *finder) consent() (bool, error) {
	what := "start dockerd"
	if program("dockerd") == "" {
		what = "install docker.io with apt-get and start dockerd"
	}
	what += " (its data: " + f.daemon.Root + ")"
	if f.ask != nil {
		return f.ask("No container engine is usable. May podlab " + what + "?")
	}
	f.progress.Say("No container engine is usable: podlab will %s. PODLAB_ENGINE=existing forbids it.", what)
	return true, nil
}

// system returns the engine that the machine's own init has started, or starts
// now; nil when there is none such, or none that is usable.
func (f *finder) system(ctx context.Context) *Engine {
	docker := f.command("docker", "docker", parseDocker)
	switch {
	case served(ctx, standardSocket):
		// Found useless before, unless its installation has just started it.
	case exists("/run/systemd/system"):
		step := f.progress.Begin("systemctl start docker", 0)
		out, err := exec.CommandContext(ctx, "systemctl", "start", "docker").CombinedOutput()
		step.End(err)
		if err != nil {
			f.progress.Say("systemctl start docker: %v: %s", err, strings.TrimSpace(string(out)))
			return nil
		}
	case exists("/run/docker-ssd.pid"):
		// Installed where sysvinit starts services: it comes by and by.
		if err := awaitServed(ctx, standardSocket); err != nil {
			return nil
		}
	default:
		return nil
	}
	e, err := docker.look(ctx)
	if err != nil {
		return nil
	}
	if why, err := f.prove(ctx, e); why != nil || err != nil {
		return nil
	}
	return e
}

// program returns the path of a program, also when PATH lacks the directories for
// root's programs (as after su without a dash); "" if it is not there.
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

// sbin is where root's programs are.
var sbin = []string{"/usr/local/sbin", "/usr/sbin", "/sbin"}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
