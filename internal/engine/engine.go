package engine

import (
	"os"

	"podlab/internal/progress"
)

// An Engine is a container engine that answers.
type Engine struct {
	// Provider is kind's name for it: docker, podman or nerdctl.
	Provider string
	// Binary is its command on PATH, most often the provider's name.
	Binary string
	// Host is what DOCKER_HOST has to be for its command to reach it; "" when
	// the command gets there by itself.
	Host string
	// ID is the engine's own; dockerds of one machine may share it.
	ID string
	// Version is the engine's, as it says it ("20.10.24+dfsg1").
	Version string
	// Arch and OS are those of its containers in Go's words (amd64, linux).
	Arch, OS string
	// CgroupVersion is that of its host: 1, 2, or 0 when it does not say.
	CgroupVersion int
	// Root is where it keeps its data, on its host.
	Root string
	// Driver is its storage driver ("overlay2").
	Driver string
	// Kernel is the release of its host's; "" when it does not say.
	Kernel string
	// Memory is what its host has, in bytes; 0 when it does not say.
	Memory int64
	// Rootless engines run without root on their host.
	Rootless bool
	// Own is true for one that podlab started.
	Own bool
	// LacksSysResource says that not even a privileged container gets
	// CAP_SYS_RESOURCE, so that runc inside a node can't lower an
	// oom_score_adj. Known once the engine is proved usable.
	LacksSysResource bool
}

// Env returns what a program needs in its environment, on top of this
// process's, to use the engine: kind's library, or the engine's own command.
func (e *Engine) Env() []string {
	env := []string{"KIND_EXPERIMENTAL_PROVIDER=" + e.Binary}
	if e.Host != "" {
		env = append(env, "DOCKER_HOST="+e.Host)
	}
	return env
}

// Options are those of [Find] and [Up].
type Options struct {
	// Start allows to install and start an engine where none is usable.
	Start bool
	// Ask puts a yes-or-no question to the user before that; nil when nobody
	// is there to answer, which makes podlab say what it does and go on.
	Ask func(question string) (bool, error)
	// Progress is told what takes time; nil says nothing.
	Progress progress.Reporter
	// Daemon is the one to start; nil is [Default].
	Daemon *Daemon
}

// finder is one search.
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
