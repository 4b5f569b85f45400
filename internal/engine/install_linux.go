package engine

import (
	"context"

	"podlab/internal/apt"
)

// install installs dockerd and the docker command from the distribution, unless
// the machine has them.
func (f *finder) install(ctx context.Context) error {
	if program("dockerd") == "" {
		// docker.io needs iptables and ca-certificates without depending on them.
		if err := apt.Install(ctx, f.progress, "docker.io", "iptables", "ca-certificates"); err != nil {
			return err
		}
	}
	if program("docker") == "" {
		// Since Debian 13, the command has its own package.
		return apt.Install(ctx, f.progress, "docker-cli")
	}
	return nil
}
