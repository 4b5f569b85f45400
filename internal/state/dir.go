package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Dir returns the absolute path of the directory for what podlab must remember:
// its clusters, the recorded starts of scenarios, its engine. That is
// $PODLAB_STATE_DIR, else podlab below $XDG_STATE_HOME, else
// ~/.local/state/podlab. Dir creates the directory for its owner alone.
func Dir() (string, error) {
	if dir := os.Getenv("PODLAB_STATE_DIR"); dir != "" {
		return ensureDir(dir)
	}
	if base := os.Getenv("XDG_STATE_HOME"); base != "" {
		return ensureDir(filepath.Join(base, "podlab"))
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("no home directory: set PODLAB_STATE_DIR")
	}
	return ensureDir(filepath.Join(home, ".local", "state", "podlab"))
}

// Cache returns the absolute path of the directory for what podlab can make or
// download again, such as images: $PODLAB_CACHE_DIR, else podlab below the
// user's cache directory. Cache creates the directory for its owner alone.
func Cache() (string, error) {
	if dir := os.Getenv("PODLAB_CACHE_DIR"); dir != "" {
		return ensureDir(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", errors.New("no cache directory: set PODLAB_CACHE_DIR")
	}
	return ensureDir(filepath.Join(base, "podlab"))
}

// ensureDir creates dir and its parents, and returns its absolute path.
func ensureDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", dir, err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return "", fmt.Errorf("create directory: %w", err)
	}
	return abs, nil
}
