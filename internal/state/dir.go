package state

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Dir returns the directory of what podlab must remember (clusters that it
// made, recorded starts, its engine): $PODLAB_STATE_DIR, else podlab below
// $XDG_STATE_HOME, else ~/.local/state/podlab. It exists, readable by its
// owner alone.
func Dir() (string, error) {
	if dir := os.Getenv("PODLAB_STATE_DIR"); dir != "" {
		return private(dir)
	}
	if base := os.Getenv("XDG_STATE_HOME"); base != "" {
		return private(filepath.Join(base, "podlab"))
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("there is no home directory: set PODLAB_STATE_DIR")
	}
	return private(filepath.Join(home, ".local", "state", "podlab"))
}

// Cache returns the directory of what can be made again (images, downloads):
// $PODLAB_CACHE_DIR, else podlab below the user's cache directory. It exists,
// readable by its owner alone.
func Cache() (string, error) {
	if dir := os.Getenv("PODLAB_CACHE_DIR"); dir != "" {
		return private(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", errors.New("there is no cache directory: set PODLAB_CACHE_DIR")
	}
	return private(filepath.Join(base, "podlab"))
}

// private makes dir, with its parents, and returns it as an absolute path.
func private(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find %s: %w", dir, err)
	}
	if err := os.MkdirAll(abs, 0o700); err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	return abs, nil
}
