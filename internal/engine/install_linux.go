package engine

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// install installs what is missing of docker from the distribution.
func (f *finder) install(ctx context.Context) error {
	if program("dockerd") == "" {
		// iptables and the certificates are what docker.io only recommends or
		// takes for granted.
		if err := f.apt(ctx, "docker.io", "iptables", "ca-certificates"); err != nil {
			return err
		}
	}
	if program("docker") == "" {
		// Since Debian 13 the command is a package of its own.
		return f.apt(ctx, "docker-cli")
	}
	return nil
}

// apt installs packages. Package lists that are missing or too old show by
// its failure: then they are fetched, and it is tried again.
func (f *finder) apt(ctx context.Context, packages ...string) (err error) {
	step := f.progress.Begin("install "+strings.Join(packages, ", "), 0)
	defer func() { step.End(err) }()
	install := append([]string{"install", "--yes", "--no-install-recommends"}, packages...)
	if err := aptGet(ctx, install); err == nil || ctx.Err() != nil {
		return err
	}
	step.Detail("fetching package lists")
	if err := aptGet(ctx, []string{"update"}); err != nil {
		return err
	}
	step.Detail("downloading")
	return aptGet(ctx, install)
}

func aptGet(ctx context.Context, args []string) error {
	cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-o", "DPkg::Lock::Timeout=120"}, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	// dpkg is not to be killed in the middle of a package.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.CombinedOutput()
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("run apt-get %s: %w", strings.Join(args, " "), context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("run apt-get %s: %w%s", strings.Join(args, " "), err, lastLines("apt-get", string(out)))
	}
	return nil
}
