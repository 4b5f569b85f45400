package engine

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"github.com/moby/sys/capability"

	"podlab/internal/state"
)

// runtime returns the path of the daemon's OCI runtime: podlab-oci, which it
// installs, if the host lacks capabilities. Otherwise it returns "", and dockerd
// uses runc.
func (d *Daemon) runtime() (string, error) {
	if lacks, err := lacksCapabilities(); err != nil || !lacks {
		return "", err
	}
	binary, err := d.runtimeBinary()
	if err != nil {
		return "", err
	}
	// The name has a hash because running containers need the executable that
	// started them.
	path := filepath.Join(d.Root, "bin", fmt.Sprintf("podlab-oci-%.6x", sha256.Sum256(binary)))
	if installed, err := os.ReadFile(path); err == nil && bytes.Equal(installed, binary) {
		return path, nil
	}
	return path, state.WriteFile(path, binary, 0o755)
}

// lacksCapabilities reports whether the kernel knows a capability that no process
// started from this one can have.
func lacksCapabilities() (bool, error) {
	supported, err := capability.ListSupported()
	if err != nil {
		return false, fmt.Errorf("list capabilities: %w", err)
	}
	for _, c := range supported {
		bound, err := capability.GetBound(c)
		if err != nil {
			return false, fmt.Errorf("read capability %s: %w", c, err)
		}
		if !bound {
			return true, nil
		}
	}
	return false, nil
}
