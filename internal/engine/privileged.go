package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"podlab/internal/assets"
	"podlab/internal/image/oci"
	"podlab/internal/state"
)

// privilegedTimeout bounds loading the test image and running it.
const privilegedTimeout = 60 * time.Second

// A privilegedResult is what a privileged container has shown about an engine.
type privilegedResult struct {
	LacksSysResource bool `json:"lacksSysResource"`
}

// checkPrivileged checks that a privileged container starts in the engine, and
// sets LacksSysResource. It caches a success until the engine or its version
// changes, or the host reboots. It caches no failure, because the user may fix
// the cause.
//
// problem is a problem of the engine. err is a failure of podlab itself, which says
// nothing about the engine.
func (f *finder) checkPrivileged(ctx context.Context, e *Engine) (problem, err error) {
	cache, err := privilegedCache(e)
	if err != nil {
		return nil, err
	}
	if result, ok := readPrivileged(cache); ok {
		e.LacksSysResource = result.LacksSysResource
		return nil, nil
	}
	binary, err := f.daemon.runtimeBinary()
	if err != nil {
		return nil, err
	}
	step := f.progress.Begin("start a privileged container in "+e.Binary, 0)
	result, problem := runPrivileged(ctx, e, binary)
	step.End(problem)
	if problem != nil {
		return fmt.Errorf("start a privileged container: %w", problem), nil
	}
	e.LacksSysResource = result.LacksSysResource
	data, err := json.Marshal(result)
	if err != nil {
		return nil, err
	}
	return nil, state.WriteFile(cache, data, 0o600)
}

// privilegedCache returns the path of the cached result for this engine.
func privilegedCache(e *Engine) (string, error) {
	dir, err := state.Dir()
	if err != nil {
		return "", err
	}
	// Only Linux has a boot ID. Elsewhere the engine's host is a virtual machine.
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	// The ID alone is ambiguous: two dockerds of one machine share it, at least up
	// to version 20.10.
	key := sha256.Sum256([]byte(strings.Join([]string{e.Binary, e.ID, e.Root, e.Version, string(boot)}, "\x00")))
	return filepath.Join(dir, "engines", fmt.Sprintf("%.8x.json", key)), nil
}

func readPrivileged(cache string) (result privilegedResult, ok bool) {
	data, err := os.ReadFile(cache)
	return result, err == nil && json.Unmarshal(data, &result) == nil
}

// runPrivileged runs "podlab-oci version" in a privileged container. It removes
// the container and the image.
func runPrivileged(ctx context.Context, e *Engine, binary []byte) (privilegedResult, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, privilegedTimeout, fmt.Errorf("timed out after %s", privilegedTimeout))
	defer cancel()
	id := strings.ToLower(rand.Text())
	ref, container := "podlab.local/proof:"+id, "podlab-proof-"+id
	var archive bytes.Buffer
	image := oci.Program{Name: "podlab-oci", Data: binary, Args: []string{"version"}}
	if err := image.Save(&archive, ref, e.Arch); err != nil {
		return privilegedResult{}, fmt.Errorf("create image: %w", err)
	}
	if err := e.Load(ctx, &archive); err != nil {
		return privilegedResult{}, err
	}
	cleanupCtx := context.WithoutCancel(ctx)
	defer func() { _, _ = e.Output(cleanupCtx, "image", "rm", "--force", ref) }()
	out, err := e.Output(ctx, "run", "--rm", "--privileged", "--network=none", "--name="+container, ref)
	if err != nil {
		// --rm does not remove a container that failed to start.
		_, _ = e.Output(cleanupCtx, "rm", "--force", "--volumes", container)
		return privilegedResult{}, err
	}
	return parseMissing(string(out))
}

// parseMissing reads the output of "podlab-oci version".
func parseMissing(out string) (privilegedResult, error) {
	missing, ok := strings.CutPrefix(out, "podlab-oci: missing capabilities:")
	if !ok {
		return privilegedResult{}, fmt.Errorf("read capabilities: the container printed %q", out)
	}
	return privilegedResult{LacksSysResource: slices.Contains(strings.Fields(missing), "CAP_SYS_RESOURCE")}, nil
}

// runtimeBinary returns podlab-oci for this machine's architecture.
func (d *Daemon) runtimeBinary() ([]byte, error) {
	if d.Runtime != nil {
		return d.Runtime, nil
	}
	return assets.OCIRuntime()
}
