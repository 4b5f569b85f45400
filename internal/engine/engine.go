package engine

import (
	"os"

	"podlab/internal/progress"
)

// An Engine is a container engine that answers.
type Engine struct {
	// Provider is kind's name for the engine: docker, podman or nerdctl.
	Provider string
	// Binary is the engine's command on PATH, usually the same as Provider.
	Binary string
	// Host is the DOCKER_HOST that the command needs to reach the engine, or ""
	// if it needs none.
	Host string
	// ID identifies the engine. Two dockerds on one machine may share an ID.
	ID string
	// Version is the engine's version as it reports it ("20.10.24+dfsg1").
	Version string
	// Arch and OS are the platform of the containers as GOARCH and GOOS (amd64,
	// linux).
	Arch, OS string
	// CgroupVersion is the cgroup version of the engine's host: 1, 2, or 0 if
	// unknown.
	CgroupVersion int
	// Root is the engine's data directory on its host.
	Root string
	// Driver is the engine's storage driver ("overlay2").
	Driver string
	// Kernel is the kernel release of the engine's host, or "" if unknown.
	Kernel string
	// Memory is the memory of the engine's host in bytes, or 0 if unknown.
	Memory int64
	// Rootless says that the engine runs without root on its host.
	Rootless bool
	// Own says that podlab started the engine.
	Own bool
	// LacksSysResource says that even a privileged container lacks
	// CAP_SYS_RESOURCE, so that runc in a node can't lower an oom_score_adj.
	// [Find] sets it.
	LacksSysResource bool
}

// Env returns the variables that a program needs, on top of this process's
// environment, to use the engine: kind, or the engine's own command.
func (e *Engine) Env() []string {
	if e.Host == "" {
		return nil
	}
	return []string{"DOCKER_HOST=" + e.Host}
}

// Options configure [Find].
type Options struct {
	// Start allows Find to install and start an engine if none is usable.
	Start bool
	// Ask asks the user a yes-or-no question before that. If Ask is nil, Find
	// logs what it does and goes on.
	Ask func(question string) (bool, error)
	// Progress shows steps that take time. If it is nil, Find shows nothing.
	Progress progress.Reporter
	// Daemon is the daemon to start. If it is nil, Find uses [Default].
	Daemon *Daemon
}

// A finder is one search for an engine.
type finder struct {
	start    bool
	ask      func(string) (bool, error)
	progress progress.Reporter
	daemon   *Daemon
	getenv   func(string) string
}

func newFinder(o Options) *finder {
	f := &finder{start: o.Start, ask: o.Ask, progress: o.Progress, daemon: o.Daemon, getenv: os.Getenv}
	if f.progress == nil {
		f.progress = progress.Discard
	}
	if f.daemon == nil {
		f.daemon = Default()
	}
	return f
}
