package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"podlab/internal/assets"
	"podlab/internal/state"
)

const (
	// proofTimeout is how long a privileged container may take from the
	// loading of its image to its end.
	proofTimeout = 60 * time.Second
	// capSysResource is the number of CAP_SYS_RESOURCE in linux/capability.h.
	capSysResource = 24
)

// prove establishes that a privileged container starts in the engine, and
// which capabilities it then has. A success is remembered until the engine is
// another, has another version, or the host is started again; a failure is
// not, as it may have been mended meanwhile.
//
// why is what is wrong with the engine; err is podlab's own trouble, which
// says nothing about it.
func (f *finder) prove(ctx context.Context, e *Engine) (why, err error) {
	memo, err := memoPath(e)
	if err != nil {
		return nil, err
	}
	if p, ok := recall(memo); ok {
		e.LacksSysResource = p.LacksSysResource
		return nil, nil
	}
	binary, err := f.daemon.binary()
	if err != nil {
		return nil, err
	}
	step := f.progress.Begin("start a privileged container in "+e.Binary, 0)
	p, why := tryPrivileged(ctx, e, binary)
	step.End(why)
	if why != nil {
		return fmt.Errorf("start a privileged container: %w", why), nil
	}
	e.LacksSysResource = p.LacksSysResource
	data, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return nil, state.WriteFile(memo, data, 0o600)
}

// proof is what a privileged container has shown.
type proof struct {
	LacksSysResource bool `json:"lacksSysResource"`
}

// memoPath is where the proof for this very engine is kept.
func memoPath(e *Engine) (string, error) {
	dir, err := state.Dir()
	if err != nil {
		return "", err
	}
	// Elsewhere than on Linux there is none, and the engine's host is a
	// virtual machine anyway.
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	// The root is part of it as two dockerds of one machine, up to 20.10 at
	// least, have the same ID.
	key := sha256.Sum256([]byte(strings.Join([]string{e.Binary, e.ID, e.Root, e.Version, string(boot)}, "\x00")))
	return filepath.Join(dir, "engines", fmt.Sprintf("%.8x.json", key)), nil
}

func recall(memo string) (p proof, ok bool) {
	data, err := os.ReadFile(memo)
	return p, err == nil && json.Unmarshal(data, &p) == nil
}

// tryPrivileged runs podlab-oci's version in a privileged container. Image and
// container are gone afterwards.
func tryPrivileged(ctx context.Context, e *Engine, binary []byte) (proof, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, proofTimeout, fmt.Errorf("not done within %s", proofTimeout))
	defer cancel()
	id := strings.ToLower(rand.Text())
	ref := "podlab.local/proof:" + id
	var archive bytes.Buffer
	if err := writeProofImage(&archive, ref, binary, e); err != nil {
		return proof{}, fmt.Errorf("make image: %w", err)
	}
	if err := e.Load(ctx, &archive); err != nil {
		return proof{}, err
	}
	after := context.WithoutCancel(ctx)
	defer func() { _, _ = e.Output(after, "image", "rm", "--force", ref) }()
	out, err := e.Output(ctx, "run", "--rm", "--privileged", "--network=none", "--name=podlab-proof-"+id, ref)
	if err != nil {
		// It has removed itself unless its start failed or the command was ended.
		_, _ = e.Output(after, "rm", "--force", "--volumes", "podlab-proof-"+id)
		return proof{}, err
	}
	set, err := parseBounding(string(out))
	if err != nil {
		return proof{}, err
	}
	return proof{LacksSysResource: set&(1<<capSysResource) == 0}, nil
}

// parseBounding reads what podlab-oci version prints.
func parseBounding(out string) (uint64, error) {
	_, hex, ok := strings.Cut(out, "CapBnd ")
	if !ok {
		return 0, fmt.Errorf("it said %q, not its capabilities", out)
	}
	return strconv.ParseUint(strings.TrimSpace(hex), 16, 64)
}

// writeProofImage writes a docker archive of an image that holds binary alone.
func writeProofImage(w io.Writer, ref string, binary []byte, e *Engine) error {
	tag, err := name.NewTag(ref)
	if err != nil {
		return err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		var layer bytes.Buffer
		files := tar.NewWriter(&layer)
		err := files.WriteHeader(&tar.Header{Name: "podlab-oci", Mode: 0o755, Size: int64(len(binary))})
		if err == nil {
			_, err = files.Write(binary)
		}
		return io.NopCloser(&layer), errors.Join(err, files.Close())
	})
	if err != nil {
		return err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	config = config.DeepCopy()
	config.Architecture, config.OS = e.Arch, e.OS
	config.Config.Entrypoint = []string{"/podlab-oci", "version"}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return err
	}
	return tarball.Write(tag, image, w)
}

// binary is podlab-oci, for this machine's architecture.
func (d *Daemon) binary() ([]byte, error) {
	if d.Runtime != nil {
		return d.Runtime, nil
	}
	return assets.OCIRuntime()
}
