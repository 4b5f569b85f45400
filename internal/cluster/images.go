package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"golang.org/x/sync/errgroup"

	"podlab/internal/progress"
)

// loadingImages is the phase that loads images into the nodes.
const loadingImages = "Loading images into the nodes"

// loadImages loads images from the engine into all nodes. It skips the images that
// every node has.
func (h *handle) loadImages(ctx context.Context, nodes []Node, images []string) error {
	if len(images) == 0 {
		return nil
	}
	missing, err := h.missingImages(ctx, nodes, images)
	if err != nil || len(missing) == 0 {
		return err
	}
	begun := time.Now()
	step := h.progress.Begin(loadingImages, phaseTimes()[loadingImages])
	err = h.copyImages(ctx, nodes, missing, step)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	step.End(err)
	if err != nil {
		return fmt.Errorf("load images into the nodes of cluster %s: %w", h.name, err)
	}
	return savePhaseTimes(phase{loadingImages, time.Since(begun)})
}

// missingImages returns the images that at least one node lacks.
func (h *handle) missingImages(ctx context.Context, nodes []Node, images []string) ([]string, error) {
	has := make([]map[string]bool, len(nodes))
	group, ctx := errgroup.WithContext(ctx)
	for i, node := range nodes {
		group.Go(func() (err error) {
			has[i], err = h.imagesOf(ctx, node.Name)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var missing []string
	for _, image := range images {
		ref, err := name.ParseReference(image)
		if err != nil {
			return nil, fmt.Errorf("load image %s: %w", image, err)
		}
		if slices.ContainsFunc(has, func(has map[string]bool) bool { return !has[ref.Name()] }) {
			missing = append(missing, image)
		}
	}
	return missing, nil
}

// imagesOf returns the full names of the images in a node.
func (h *handle) imagesOf(ctx context.Context, node string) (map[string]bool, error) {
	out, err := h.engine.Output(ctx, "exec", node, "crictl", "images", "--output", "json")
	if err != nil {
		return nil, fmt.Errorf("list the images of node %s: %w", node, err)
	}
	var list struct {
		Images []struct {
			RepoTags, RepoDigests []string
		}
	}
	if err := json.Unmarshal(out, &list); err != nil {
		return nil, fmt.Errorf("list the images of node %s: %w", node, err)
	}
	has := map[string]bool{}
	for _, image := range list.Images {
		for _, tag := range slices.Concat(image.RepoTags, image.RepoDigests) {
			if ref, err := name.ParseReference(tag); err == nil {
				has[ref.Name()] = true
			}
		}
	}
	return has, nil
}

// copyImages copies images from the engine to all nodes in one pass.
//
// kind imports every platform in an image's index, but an engine with
// containerd's image store has only its own platform. So copyImages imports only
// that platform. See kubernetes-sigs/kind issue 3795.
func (h *handle) copyImages(ctx context.Context, nodes []Node, images []string, step progress.Step) error {
	group, ctx := errgroup.WithContext(ctx)
	var sinks []io.Writer
	var pipes []*io.PipeWriter
	for _, node := range nodes {
		r, w := io.Pipe()
		sinks, pipes = append(sinks, w), append(pipes, w)
		group.Go(func() error {
			err := h.importImages(ctx, node.Name, r)
			_ = r.CloseWithError(err) // ends the save
			return err
		})
	}
	group.Go(func() error {
		save := h.engine.Command(ctx, append([]string{"save"}, images...)...)
		save.Stdout = &counter{w: io.MultiWriter(sinks...), step: step}
		var stderr head
		save.Stderr = &stderr
		err := save.Run()
		for _, w := range pipes {
			_ = w.CloseWithError(err)
		}
		if err != nil {
			return fmt.Errorf("save %q: %w: %s", images, err, stderr)
		}
		return nil
	})
	return group.Wait()
}

// importImages imports an archive of images into a node's containerd.
func (h *handle) importImages(ctx context.Context, node string, archive io.Reader) error {
	cmd := h.engine.Command(ctx, "exec", "--interactive", "--privileged", node,
		"ctr", "--namespace=k8s.io", "images", "import", "--platform=linux/"+h.engine.Arch, "--digests", "-")
	cmd.Stdin = archive
	var output head
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("import images into node %s: %w: %s", node, err, output)
	}
	return nil
}

// A counter shows how many megabytes it has written.
type counter struct {
	w    io.Writer
	step progress.Step
	n    int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	if before := c.n >> 20; (c.n+int64(n))>>20 > before {
		c.step.Detail("%d MB", (c.n+int64(n))>>20)
	}
	c.n += int64(n)
	return n, err
}

// A head keeps the first 4096 bytes that are written to it.
type head []byte

func (h *head) Write(p []byte) (int, error) {
	*h = append(*h, p[:min(len(p), 4096-len(*h))]...)
	return len(p), nil
}
