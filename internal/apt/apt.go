package apt

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"podlab/internal/progress"
)

// tailLines is how much of apt-get's output goes into an error.
const tailLines = 10

// Install installs packages. When that fails, it fetches the package lists,
// which may be missing or too old, and tries again. It takes root.
//
// When ctx ends, Install returns only after dpkg has finished what it had
// begun, so that no package is left half installed.
func Install(ctx context.Context, report progress.Reporter, packages ...string) (err error) {
	step := report.Begin("install "+strings.Join(packages, ", "), 0)
	defer func() { step.End(err) }()
	install := append([]string{"install", "--yes", "--no-install-recommends"}, packages...)
	if err := get(ctx, install...); err == nil || ctx.Err() != nil {
		return err
	}
	step.Detail("fetching package lists")
	if err := get(ctx, "update"); err != nil {
		return err
	}
	step.Detail("downloading")
	return get(ctx, install...)
}

// get runs apt-get.
func get(ctx context.Context, args ...string) error {
	// Keep the user's configuration files, because dpkg can't ask the user.
	options := []string{"-o", "DPkg::Lock::Timeout=120", "-o", "Dpkg::Options::=--force-confdef", "-o", "Dpkg::Options::=--force-confold"}
	cmd := exec.CommandContext(ctx, "apt-get", append(options, args...)...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "APT_LISTCHANGES_FRONTEND=none", "NEEDRESTART_SUSPEND=1")
	// In a process group of its own, apt-get does not get the terminal's
	// Ctrl-C.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	// SIGINT ends apt-get while it downloads; while dpkg runs, apt-get waits
	// for it. SIGTERM would end apt-get at any time and leave dpkg running.
	// There is no WaitDelay, because dpkg must not be killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.CombinedOutput()
	what := "run apt-get " + strings.Join(args, " ")
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", what, context.Cause(ctx))
	case err != nil:
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s: %w: apt-get's last lines:\n%s", what, err, strings.Join(lines[max(0, len(lines)-tailLines):], "\n"))
	}
	return nil
}
