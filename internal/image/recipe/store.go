package recipe

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

const (
	// storeDir is where a node's containerd keeps images, and snapshotsDir
	// where it keeps unpacked images.
	storeDir     = "var/lib/containerd"
	snapshotsDir = storeDir + "/io.containerd.snapshotter.v1.overlayfs/snapshots"
	// unpackedDir is where the node image really has its unpacked images.
	unpackedDir = "kind/images"
)

// storeLayer is the layer with the images inside the node image, as the store
// of a containerd. The node's own containerd writes the store, during the step.
func storeLayer(c *components, images []podImage) (*graph.Step, error) {
	needs := []*graph.Step{c.containerd.compiled, c.kubernetes.compiled}
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
			recipe = append(recipe, l.ID())
			if !slices.Contains(needs, l) {
				needs = append(needs, l)
			}
		}
	}
	// Unpacking needs mounts, and mounts need root.
	unpack := os.Geteuid() == 0
	recipe = append(recipe, fmt.Sprint("unpacked: ", unpack), unpackedDir)
	return layerStep("pack images into the node", oci.Plain, recipe, needs, func(ctx context.Context, j *graph.Job, w *tar.Writer) error {
		if err := checkNames(ctx, j, c.kubernetes, images); err != nil {
			return err
		}
		root := filepath.Join(j.Tmp, "root")
		if err := importImages(ctx, j, c.containerd, images, filepath.Join(root, storeDir), unpack); err != nil {
			return err
		}
		return writeStore(ctx, j, w, root)
	}), nil
}

// configText is an image config as a part of a step's recipe.
func configText(c v1.Config) string {
	return fmt.Sprintf("%q %q %q %q %q", c.Entrypoint, c.Cmd, c.Env, c.WorkingDir, c.StopSignal)
}

// checkNames checks that the images include all images that kubeadm asks for.
func checkNames(ctx context.Context, j *graph.Job, kubernetes component, images []podImage) error {
	kubeadm := filepath.Join(j.In(kubernetes.compiled), "kubeadm")
	wanted, err := j.Output(ctx, j.Command(ctx, kubeadm, "config", "images", "list", "--kubernetes-version", kubernetes.version))
	if err != nil {
		return err
	}
	for name := range strings.FieldsSeq(string(wanted)) {
		if !slices.ContainsFunc(images, func(i podImage) bool { return slices.Contains(i.names, name) }) {
			return fmt.Errorf("kubeadm %s asks for %s, but podlab does not build that image", kubernetes.version, name)
		}
	}
	return nil
}

// importImages imports images into a containerd store below dir.
//
// Nodes start faster with images that are unpacked already. The layers stay in
// the store for nodes that can't use overlayfs.
func importImages(ctx context.Context, j *graph.Job, containerd component, images []podImage, dir string, unpack bool) (err error) {
	binaries := j.In(containerd.compiled)
	daemon, err := startContainerd(ctx, j, filepath.Join(binaries, "containerd"), dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, daemon.stop()) }()

	// The kubelet never removes pinned images. It asks for images by digest
	// too.
	ctr := j.Command(ctx, filepath.Join(binaries, "ctr"), "--address", daemon.socket, "--namespace", "k8s.io", "images", "import",
		"--label", "io.cri-containerd.pinned=pinned", "--all-platforms", "--digests", fmt.Sprintf("--no-unpack=%t", !unpack), "-")
	stdin, err := ctr.StdinPipe()
	if err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() { written <- errors.Join(writeImages(stdin, j, images), stdin.Close()) }()
	err = j.Run(ctx, ctr)
	return errors.Join(err, <-written)
}

// writeImages assembles images and writes an archive of them.
func writeImages(w io.Writer, j *graph.Job, images []podImage) error {
	list := make([]oci.NamedImage, len(images))
	for i, image := range images {
		var err error
		if list[i], err = image.assemble(j); err != nil {
			return err
		}
	}
	return oci.WriteArchive(w, list)
}

// writeStore writes the parts of containerd's directories below root that nodes
// need. Each node's containerd makes the other parts itself, such as its ID.
//
// Engines copy all of /var for each node. Unpacked images are therefore in
// another directory, and /var has links to them.
func writeStore(ctx context.Context, j *graph.Job, w *tar.Writer, root string) error {
	if err := oci.WriteEntries(w,
		oci.Entry{Path: unpackedDir, Dir: true, Mode: 0o711},
		oci.Entry{Path: storeDir, Dir: true, Mode: 0o711},
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
	return eachEntryOf(ctx, j, j.Command(ctx, "tar", args...), func(header *tar.Header, content io.Reader) error {
		if header.Typeflag == tar.TypeChar {
			return fmt.Errorf("%s is a device, which in a layer would mean a deleted file", header.Name)
		}
		original := header.Name
		header.Name = moved(header.Name)
		if header.Typeflag == tar.TypeLink {
			header.Linkname = moved(oci.CleanPath(header.Linkname))
		}
		if path.Dir(original) == snapshotsDir {
			if err := oci.WriteEntries(w, oci.Entry{Path: original, Link: "/" + header.Name}); err != nil {
				return err
			}
		}
		return oci.WriteEntry(w, header, content)
	})
}

// moved is where the node image has a file of the store.
func moved(name string) string {
	if rest, ok := strings.CutPrefix(name, snapshotsDir+"/"); ok {
		return unpackedDir + "/" + rest
	}
	return name
}
