package engine

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"

	"podlab/internal/state"
)

// runtime installs podlab-oci where the host lacks capabilities, and returns
// its path; "" where the engine's own runtime will do.
func (d *Daemon) runtime() (string, error) {
	binary := d.Runtime
	path := filepath.Join(d.Root, "bin", fmt.Sprintf("podlab-oci-%.6x", sha256.Sum256(binary)))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, state.WriteFile(path, binary, 0o755)
}
