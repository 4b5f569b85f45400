package cluster

import (
	"fmt"
	"os"
	"sync"

	kind "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/log"
)

// withKind calls do with kind's provider for the engine.
func (h *handle) withKind(logger log.Logger, do func(*kind.Provider) error) error {
	var runtime kind.ProviderOption
	switch h.engine.Provider {
	case "docker":
		runtime = kind.ProviderWithDocker()
	case "podman":
		runtime = kind.ProviderWithPodman()
	case "nerdctl":
		runtime = kind.ProviderWithNerdctl(h.engine.Binary)
	default:
		return fmt.Errorf("kind has no provider for %s", h.engine.Provider)
	}
	return kindHost.during(h.engine.Host, func() error {
		return do(kind.NewProvider(kind.ProviderWithLogger(logger), runtime))
	})
}

// kindHost sets DOCKER_HOST for kind, which runs the engine's command in this
// process's environment and has no option to change that.
var kindHost = newDockerHost()

// A dockerHost sets DOCKER_HOST while calls run, and restores it afterwards.
type dockerHost struct {
	idle    *sync.Cond // signals that calls is 0
	calls   int
	value   string // DOCKER_HOST for the running calls
	restore func()
}

func newDockerHost() *dockerHost { return &dockerHost{idle: sync.NewCond(&sync.Mutex{})} }

// during runs call while DOCKER_HOST has the value. "" leaves DOCKER_HOST as it
// is. Calls with the same value may overlap. A call with another value waits.
func (d *dockerHost) during(value string, call func() error) error {
	d.idle.L.Lock()
	for d.calls > 0 && d.value != value {
		d.idle.Wait()
	}
	if d.calls == 0 {
		d.value, d.restore = value, setenv("DOCKER_HOST", value)
	}
	d.calls++
	d.idle.L.Unlock()

	defer func() {
		d.idle.L.Lock()
		defer d.idle.L.Unlock()
		if d.calls--; d.calls == 0 {
			d.restore()
			d.idle.Broadcast()
		}
	}()
	return call()
}

// setenv sets a variable unless value is "", and returns how to restore it.
func setenv(name, value string) (restore func()) {
	if value == "" {
		return func() {}
	}
	old, ok := os.LookupEnv(name)
	_ = os.Setenv(name, value) // fails only for a NUL in the value
	if !ok {
		return func() { _ = os.Unsetenv(name) }
	}
	return func() { _ = os.Setenv(name, old) }
}
