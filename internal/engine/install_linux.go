package engine

import (
	"context"

	"podlab/internal/apt"
)

// install installs what is missing of docker from the distribution.
func (f *finder) install(ctx context.Context) error {
	if program("dockerd") == "" {
		// iptables and the certificates are what docker.io only recommends or
		// takes for granted.
		if err := apt.Install(ctx, f.progress, "docker.io", "iptables", "ca-certificates"); err != nil {
			return err
		}
	}
	if program("docker") == "" {
		// Since Debian 13 the command is a package of its own.
		return apt.Install(ctx, f.progress, "docker-cli")
	}
	return nil
}
