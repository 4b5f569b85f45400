package engine

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"podlab/internal/state"
)

// runtime installs podlab-oci where the host lacks capabilities, and returns
// its path; "" where runc alone will do.
func (d *Daemon) runtime() (string, error) {
	if lacks, err := lacksCapabilities(); err != nil || !lacks {
		return "", err
	}
	binary, err := d.binary()
	if err != nil {
		return "", err
	}
	// By content: containers that run keep the one that they were started with.
	path := filepath.Join(d.Root, "bin", fmt.Sprintf("podlab-oci-%.6x", sha256.Sum256(binary)))
	if installed, err := os.ReadFile(path); err == nil && bytes.Equal(installed, binary) {
		return path, nil
	}
	return path, state.WriteFile(path, binary, 0o755)
}

// lacksCapabilities says whether there is a capability that the kernel knows
// and this host does not give to anybody.
func lacksCapabilities() (bool, error) {
	last, err := os.ReadFile("/proc/sys/kernel/cap_last_cap")
	if err != nil {
		return false, fmt.Errorf("read capabilities: %w", err)
	}
	number, err := strconv.Atoi(strings.TrimSpace(string(last)))
	if err != nil {
		return false, fmt.Errorf("read capabilities: %w", err)
	}
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return false, fmt.Errorf("read capabilities: %w", err)
	}
	_, line, _ := strings.Cut(string(status), "\nCapBnd:\t")
	line, _, _ = strings.Cut(line, "\n")
	set, err := strconv.ParseUint(line, 16, 64)
	if err != nil {
		return false, fmt.Errorf("read capabilities: %w", err)
	}
	return set != 1<<(number+1)-1, nil
}
