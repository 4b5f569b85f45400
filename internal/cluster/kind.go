package cluster

import (
	"fmt"
	"os"
	"strings"

	kind "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/log"

	"podlab/internal/engine"
)

// newProvider is kind on that engine. kind runs the engine's command in this
// process's environment, which therefore is changed to reach it.
func newProvider(e *engine.Engine, logger log.Logger) (*kind.Provider, error) {
	for _, variable := range e.Env() {
		name, value, _ := strings.Cut(variable, "=")
		if err := os.Setenv(name, value); err != nil {
			return nil, fmt.Errorf("set %s: %w", name, err)
		}
	}
	if logger == nil {
		logger = log.NoopLogger{}
	}
	var runtime kind.ProviderOption
	switch e.Provider {
	case "docker":
		runtime = kind.ProviderWithDocker()
	case "podman":
		runtime = kind.ProviderWithPodman()
	case "nerdctl":
		runtime = kind.ProviderWithNerdctl(e.Binary)
	default:
		return nil, fmt.Errorf("kind has no provider for %s", e.Provider)
	}
	return kind.NewProvider(kind.ProviderWithLogger(logger), runtime), nil
}
