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

// infoTimeout bounds the request to an engine for information about itself.
const infoTimeout = 20 * time.Second

// errNotInstalled says that an engine's command is not on PATH.
var errNotInstalled = errors.New("not installed")

// A candidate is an engine that may exist.
type candidate struct {
	name   string
	detect func(ctx context.Context) (*Engine, error)
}

// candidates returns the candidates to try, in order. podlab's own running engine
// comes first, because it has the clusters that the user means. The rest follows
// kind's order (docker, nerdctl or finch, podman), unless the environment names
// an engine.
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

// withOwn prepends podlab's own engine if it runs and the user has not chosen
// another one.
func (f *finder) withOwn(others ...candidate) []candidate {
	if f.chosen() != "" || f.daemon.running() == nil {
		return others
	}
	return append([]candidate{{name: "podlab's own docker", detect: f.daemon.Engine}}, others...)
}

// chosen returns the setting with which the user has chosen an engine, or "".
// podlab does not replace a chosen engine by another one.
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

// command returns the candidate behind a command on PATH.
func (f *finder) command(provider, binary string, parse func([]byte) (*Engine, error)) candidate {
	return candidate{name: binary, detect: func(ctx context.Context) (*Engine, error) {
		if _, err := exec.LookPath(binary); err != nil {
			return nil, errNotInstalled
		}
		ctx, cancel := withInfoTimeout(ctx)
		defer cancel()
		out, err := (&Engine{Binary: binary}).Output(ctx, "info", "--format", "{{json .}}")
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		// docker without a server reports that in its output, not by its status.
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

func withInfoTimeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, infoTimeout, fmt.Errorf("no answer within %s", infoTimeout))
}

// is reports whether e is this daemon.
func (d *Daemon) is(ctx context.Context, e *Engine) bool {
	if e.Root != d.data() || d.running() == nil {
		return false
	}
	own, err := d.Engine(ctx)
	return err == nil && own.ID == e.ID
}

// Engine asks the running daemon for information about itself. Only [Find] can
// tell whether privileged containers start in it.
func (d *Daemon) Engine(ctx context.Context) (*Engine, error) {
	socket, err := d.Address()
	if err != nil {
		return nil, err
	}
	var info dockerInfo
	ctx, cancel := withInfoTimeout(ctx)
	defer cancel()
	if err := get(ctx, socket, "/info", &info); err != nil {
		return nil, err
	}
	e, err := info.engine()
	if err != nil {
		return nil, err
	}
	e.Provider, e.Binary, e.Own = "docker", "docker", true
	if socket != standardSocket || hasDockerContext() {
		e.Host = "unix://" + socket
	}
	return e, nil
}

// hasDockerContext reports whether the docker command's configuration selects another
// socket than the standard one: currentContext in ~/.docker/config.json.
func hasDockerContext() bool {
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
