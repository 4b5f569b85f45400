package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const (
	// storeDir is where a node's containerd keeps its images, snapshotsDir where
	// it has unpacked them.
	storeDir     = "var/lib/containerd"
	snapshotsDir = storeDir + "/io.containerd.snapshotter.v1.overlayfs/snapshots"
	// unpackedDir is where the images that come with a node really are.
	unpackedDir = "kind/images"
	// socketPoll is how often a socket is tried that somebody is about to serve.
	socketPoll = 10 * time.Millisecond
	// startDelay is how long containerd may take to serve its socket.
	startDelay = 30 * time.Second
)

// store is the layer with a containerd store that holds images. The containerd
// that will read it in the nodes writes it, here and now, on a directory of
// the step's.
func store(c *components, images []podImage) (*step, error) {
	needs := []*step{c.containerd, c.kubernetes}
	var recipe []string
	for _, image := range images {
		recipe = append(recipe, fmt.Sprintf("%q %q", image.names, configText(image.config)))
		if image.ready != nil {
			digest, err := image.ready.Digest()
			if err != nil {
				return nil, fmt.Errorf("digest of %s: %w", image.names[0], err)
			}
			recipe = append(recipe, digest.String())
		}
		for _, l := range image.layers {
			recipe = append(recipe, l.entry())
			if !slices.Contains(needs, l) {
				needs = append(needs, l)
			}
		}
	}
	// Unpacking mounts, which takes root.
	unpacked := os.Geteuid() == 0
	recipe = append(recipe, fmt.Sprint("unpacked: ", unpacked), unpackedDir)
	return layerStep("pack images into the node", plain, recipe, needs, func(ctx context.Context, j *job, w *tar.Writer) error {
		if err := j.checkNames(ctx, c, images); err != nil {
			return err
		}
		root := filepath.Join(j.tmp, "root")
		if err := j.importImages(ctx, c, images, filepath.Join(root, storeDir), unpacked); err != nil {
			return err
		}
		return j.writeStore(ctx, w, root)
	}), nil
}

// checkNames makes sure that kubeadm will find every image that it asks for.
func (j *job) checkNames(ctx context.Context, c *components, images []podImage) error {
	kubeadm := filepath.Join(j.in(c.kubernetes), "kubeadm")
	wanted, err := j.output(ctx, j.command(ctx, kubeadm, "config", "images", "list", "--kubernetes-version", c.versions.kubernetes))
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(wanted)) {
		if !slices.ContainsFunc(images, func(i podImage) bool { return slices.Contains(i.names, name) }) {
			return fmt.Errorf("kubeadm %s asks for %s, which is not built", c.versions.kubernetes, name)
		}
	}
	return nil
}

// importImages has containerd import images into a store below dir.
//
// Unpacked here, they need not be unpacked in each node while it starts. The
// layers stay for nodes that can't use overlayfs.
func (j *job) importImages(ctx context.Context, c *components, images []podImage, dir string, unpacked bool) (err error) {
	daemon, err := j.startContainerd(ctx, filepath.Join(j.in(c.containerd), "containerd"), dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, daemon.stop()) }()

	// Pinned images are never collected as garbage. Digests: the kubelet asks
	// for images by them, too.
	ctr := j.command(ctx, filepath.Join(j.in(c.containerd), "ctr"), "--address", daemon.socket, "--namespace", "k8s.io", "images", "import",
		"--label", "io.cri-containerd.pinned=pinned", "--all-platforms", "--digests", fmt.Sprintf("--no-unpack=%t", !unpacked), "-")
	stdin, err := ctr.StdinPipe()
	if err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() {
		named, err := j.named(images)
		if err == nil {
			err = writeArchive(stdin, named)
		}
		written <- errors.Join(err, stdin.Close())
	}()
	err = j.do(ctx, ctr)
	return errors.Join(err, <-written)
}

// named assembles images from their layers in the cache.
func (j *job) named(images []podImage) ([]namedImage, error) {
	list := make([]namedImage, len(images))
	for i, image := range images {
		if image.ready != nil {
			list[i] = namedImage{image.ready, image.names}
			continue
		}
		layers := make([]*layer, len(image.layers))
		for n, s := range image.layers {
			l, err := openLayer(j.in(s))
			if err != nil {
				return nil, err
			}
			layers[n] = l
		}
		image.config.Env = append(slices.Clone(environment), image.config.Env...)
		assembled, err := assemble(image.config, epoch, layers...)
		if err != nil {
			return nil, fmt.Errorf("assemble %s: %w", image.names[0], err)
		}
		list[i] = namedImage{assembled, image.names}
	}
	return list, nil
}

// writeStore writes what nodes need of containerd's directories below root.
// The rest, an instance's ID among it, each containerd makes for itself.
//
// Engines copy all of /var for each node. What is unpacked is therefore put
// elsewhere, and linked.
func (j *job) writeStore(ctx context.Context, w *tar.Writer, root string) error {
	if err := writeEntries(w,
		entry{path: unpackedDir, dir: true, mode: 0o711},
		entry{path: storeDir, dir: true, mode: 0o711},
	); err != nil {
		return err
	}
	args := []string{"-C", root, "-c", "--xattrs", "--xattrs-include=security.capability", "--numeric-owner", "--sort=name"}
	if os.Geteuid() != 0 {
		args = append(args, "--owner=0", "--group=0")
	}
	for _, part := range []string{"content.v1.content", "metadata.v1.bolt", "snapshotter.v1.overlayfs"} {
		args = append(args, storeDir+"/io.containerd."+part)
	}
	return j.eachEntryOf(ctx, j.command(ctx, "tar", args...), func(header *tar.Header, content io.Reader) error {
		if header.Typeflag == tar.TypeChar {
			return fmt.Errorf("%s is a device, which as a part of a layer would mean that something is gone", header.Name)
		}
		snapshot := header.Name
		header.Name = moved(header.Name)
		if header.Typeflag == tar.TypeLink {
			header.Linkname = moved(cleanPath(header.Linkname))
		}
		if path.Dir(snapshot) == snapshotsDir {
			if err := writeEntries(w, entry{path: snapshot, link: "/" + header.Name}); err != nil {
				return err
			}
		}
		return writeEntry(w, header, content)
	})
}

// moved is where something of the store's is to be.
func moved(name string) string {
	if rest, ok := strings.CutPrefix(name, snapshotsDir+"/"); ok {
		return unpackedDir + "/" + rest
	}
	return name
}

// A daemon is a containerd that is part of a job.
type daemon struct {
	socket string
	cmd    *exec.Cmd
	run    string
	// ended is closed when it has, with status err.
	ended chan struct{}
	err   error
}

// startContainerd runs a containerd that only keeps images, and waits until
// its socket is served.
func (j *job) startContainerd(ctx context.Context, binary, dir string) (_ *daemon, err error) {
	// Sockets have short paths.
	run, err := os.MkdirTemp("", "podlab-")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(run, "config.toml")
	socket := filepath.Join(run, "s")
	if err := os.WriteFile(config, fmt.Appendf(nil, containerdSettings, dir, filepath.Join(run, "state"), socket, os.Getuid(), os.Getgid()), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(run))
	}
	cmd := j.command(ctx, binary, "--config", config)
	withOwnMounts(cmd)
	d := &daemon{socket: socket, cmd: cmd, run: run, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start containerd: %w", err), os.RemoveAll(run))
	}
	go func() { d.err = cmd.Wait(); close(d.ended) }()
	if err := d.await(ctx); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// containerdSettings leave away what runs containers, and what takes root.
const containerdSettings = `version = 3
root = %q
state = %q
disabled_plugins = [
  "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
  "io.containerd.nri.v1.nri", "io.containerd.podsandbox.controller.v1.podsandbox", "io.containerd.runtime.v2.task",
]
[grpc]
address = %q
uid = %[4]d
gid = %[5]d
[ttrpc]
uid = %[4]d
gid = %[5]d
`

// await waits until the socket is served. Nothing tells of that: containerd
// speaks to systemd only when systemd has started it.
func (d *daemon) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startDelay, errors.New("containerd does not serve its socket"))
	defer cancel()
	tick := time.NewTicker(socketPoll)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", d.socket)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-d.ended:
			return errors.New("start containerd: it ended at once")
		case <-ctx.Done():
			return fmt.Errorf("start containerd: %w", context.Cause(ctx))
		}
	}
}

// stop ends it, so that all that it knows is in its files.
func (d *daemon) stop() error {
	_ = d.cmd.Cancel() // it may have ended
	<-d.ended
	err := d.err
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && !exit.Exited() {
		err = nil // by the signal
	}
	return errors.Join(err, os.RemoveAll(d.run))
}

// configText is a config's part of a recipe.
func configText(c v1.Config) string {
	return fmt.Sprintf("%q %q %q %q %q", c.Entrypoint, c.Cmd, c.Env, c.WorkingDir, c.StopSignal)
}
