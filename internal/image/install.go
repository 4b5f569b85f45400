package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// install installs a package that building takes, where that is possible.
func install(ctx context.Context, pkg string, o Options) (err error) {
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("building images from packages takes %s: install it (apt-get install %s, as root), or use images from a registry", pkg, pkg)
	}
	if o.Ask != nil {
		switch yes, err := o.Ask("Building images from packages takes " + pkg + ". Install it?"); {
		case err != nil:
			return err
		case !yes:
			return fmt.Errorf("building images from packages takes %s, and you said no: use images from a registry", pkg)
		}
	}
	step := o.report().Begin("install "+pkg, 0)
	defer func() { step.End(err) }()
	args := []string{"install", "--yes", "--no-install-recommends", pkg}
	if aptGet(ctx, args...) == nil {
		return nil
	}
	// Package lists that are missing or too old show by a failure.
	if err := aptGet(ctx, "update"); err != nil {
		return err
	}
	return aptGet(ctx, args...)
}

func aptGet(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-o", "DPkg::Lock::Timeout=120"}, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	inGroup(cmd)
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return errors.Join(fmt.Errorf("run apt-get %s: %w", strings.Join(args, " "), err), errors.New(lines[len(lines)-1]))
	}
	return nil
}
