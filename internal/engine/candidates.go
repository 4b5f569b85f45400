package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// lookTimeout is how long an engine may take to say what it is.
const lookTimeout = 20 * time.Second

// errNotInstalled says that an engine's command is not on PATH.
var errNotInstalled = errors.New("not installed")

// A candidate is an engine that may be there.
type candidate struct {
	name string
	look func(ctx context.Context) (*Engine, error)
}

// candidates returns those to look at, in order. One that podlab started and
// that runs comes first: its clusters are what the user means. Then kind's own
// order (docker, nerdctl or finch, podman), unless the environment names one.
func (f *finder) candidates() []candidate {
	docker := f.command("docker", "docker", parseDocker)
	podman := f.command("podman", "podman", parsePodman)
	switch name := f.getenv("KIND_EXPERIMENTAL_PROVIDER"); name {
	case "docker":
		return f.withOwn(docker)
	case "podman":
		return []candidate{podman}
	case "nerdctl", "finch", "nerdctl.lima":
		return []candidate{f.command("nerdctl", name, parseDocker)}
	}
	if f.chosen() != "" {
		return []candidate{docker}
	}
	nerdctl := "nerdctl"
	if _, err := exec.LookPath(nerdctl); err != nil {
		if _, err := exec.LookPath("finch"); err == nil {
			nerdctl = "finch"
		}
	}
	return f.withOwn(docker, f.command("nerdctl", nerdctl, parseDocker), podman)
}

// withOwn puts podlab's own engine first, if it runs and the user does not ask
// for another.
func (f *finder) withOwn(others ...candidate) []candidate {
	if f.chosen() != "" || f.daemon.running() == nil {
		return others
	}
	return append([]candidate{{name: "podlab's own docker", look: f.daemon.Engine}}, others...)
}

// chosen returns the setting by which the user has chosen one engine, which
// podlab then does not replace by another; "" if there is none.
func (f *finder) chosen() string {
	for _, name := range []string{"DOCKER_HOST", "DOCKER_CONTEXT"} {
		if value := f.getenv(name); value != "" && value != "default" {
			return name + "=" + value
		}
	}
	switch name := f.getenv("KIND_EXPERIMENTAL_PROVIDER"); name {
	case "podman", "nerdctl", "finch", "nerdctl.lima":
		return "KIND_EXPERIMENTAL_PROVIDER=" + name
	}
	return ""
}

// command is the candidate that a command on PATH leads to.
func (f *finder) command(provider, binary string, parse func([]byte) (*Engine, error)) candidate {
	return candidate{name: binary, look: func(ctx context.Context) (*Engine, error) {
		if _, err := exec.LookPath(binary); err != nil {
			return nil, errNotInstalled
		}
		ctx, cancel := withLookTimeout(ctx)
		defer cancel()
		out, err := (&Engine{Binary: binary}).Output(ctx, "info", "--format", "{{json .}}")
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		// With its server away, docker says so in what it prints.
		e, parseErr := parse(out)
		if failed, ok := errors.AsType[*CommandError](err); ok && failed.Stderr != "" {
			return nil, errors.New(failed.Stderr)
		}
		if parseErr != nil {
			return nil, parseErr
		}
		e.Provider, e.Binary = provider, binary
		e.Own = provider == "docker" && f.daemon.is(ctx, e)
		return e, nil
	}}
}

func withLookTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, lookTimeout, fmt.Errorf("no answer within %s", lookTimeout))
}

// is says whether e, found in whatever way, is this daemon.
func (d *Daemon) is(ctx context.Context, e *Engine) bool {
	if e.Root != d.data() || d.running() == nil {
		return false
	}
	own, err := d.Engine(ctx)
	return err == nil && own.ID == e.ID
}

// Engine asks the daemon what it is. Whether privileged containers start in it
// only [Find] can tell.
func (d *Daemon) Engine(ctx context.Context) (*Engine, error) {
	socket, err := d.Address()
	if err != nil {
		return nil, err
	}
	var info dockerInfo
	ctx, cancel := withLookTimeout(ctx)
	defer cancel()
	if err := ask(ctx, socket, "/info", &info); err != nil {
		return nil, err
	}
	e, err := info.engine()
	if err != nil {
		return nil, err
	}
	e.Provider, e.Binary, e.Own = "docker", "docker", true
	if socket != standardSocket || otherContext() {
		e.Host = "unix://" + socket
	}
	return e, nil
}

// otherContext says whether the docker command goes elsewhere than to the
// standard socket by its configuration. Source: currentContext in
// ~/.docker/config.json.
func otherContext() bool {
	dir := os.Getenv("DOCKER_CONFIG")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return false
		}
		dir = filepath.Join(home, ".docker")
	}
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		return false
	}
	var config struct{ CurrentContext string }
	return json.Unmarshal(data, &config) == nil && strings.TrimPrefix(config.CurrentContext, "default") != ""
}
