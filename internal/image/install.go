package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// bootstrapPackages bring mmdebstrap, and the keys that it knows Debian by,
// which other distributions don't have by themselves.
var bootstrapPackages = []string{"mmdebstrap", "debian-archive-keyring"}

// installBootstrap installs what makes Debian's file systems, where that is
// possible.
func installBootstrap(ctx context.Context, o Options) (err error) {
	command := "apt-get install " + strings.Join(bootstrapPackages, " ")
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("building images from packages takes mmdebstrap: install it as root (%s), or use images from a registry", command)
	}
	if o.Ask != nil {
		switch yes, err := o.Ask("Building images from packages takes mmdebstrap. Install it (" + command + ")?"); {
		case err != nil:
			return err
		case !yes:
			return errors.New("building images from packages takes mmdebstrap, and it was not to be installed: use images from a registry")
		}
	}
	step := o.report().Begin("install mmdebstrap", 0)
	defer func() { step.End(err) }()
	args := append([]string{"install", "--yes", "--no-install-recommends"}, bootstrapPackages...)
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
