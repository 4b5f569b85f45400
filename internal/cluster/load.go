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

const loading = "Loading images into the nodes"

// loadImages loads those of the engine's images into the nodes that some node
// has not yet, into all at once. It returns nil when there was nothing to do.
func (s *site) loadImages(ctx context.Context, nodes []Node, images []string) (*Phase, error) {
	if len(images) == 0 {
		return nil, nil
	}
	missing, err := s.missingImages(ctx, nodes, images)
	if err != nil || len(missing) == 0 {
		return nil, err
	}
	begun := time.Now()
	step := s.progress.Begin(loading, lastTimes()[loading])
	err = s.transfer(ctx, nodes, missing, step)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	step.End(err)
	if err != nil {
		return nil, fmt.Errorf("load images into the nodes of cluster %s: %w", s.name, err)
	}
	return &Phase{Name: loading, Elapsed: time.Since(begun)}, nil
}

// missingImages returns the images that at least one node lacks.
func (s *site) missingImages(ctx context.Context, nodes []Node, images []string) ([]string, error) {
	has := make([]map[string]bool, len(nodes))
	all, ctx := errgroup.WithContext(ctx)
	for i, node := range nodes {
		all.Go(func() (err error) {
			has[i], err = s.imagesOf(ctx, node.Name)
			return err
		})
	}
	if err := all.Wait(); err != nil {
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
func (s *site) imagesOf(ctx context.Context, node string) (map[string]bool, error) {
	out, err := s.engine.Output(ctx, "exec", node, "crictl", "images", "--output", "json")
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

// transfer copies images from the engine to all nodes, in one pass through
// this process.
//
// kind's own way imports every platform that an image's index names, of which
// an engine with containerd's image store has but one; so only that is asked
// for. Source: kubernetes-sigs/kind issue 3795.
func (s *site) transfer(ctx context.Context, nodes []Node, images []string, step progress.Step) error {
	all, ctx := errgroup.WithContext(ctx)
	var sinks []io.Writer
	var pipes []*io.PipeWriter
	for _, node := range nodes {
		r, w := io.Pipe()
		sinks, pipes = append(sinks, w), append(pipes, w)
		all.Go(func() error {
			err := s.importInto(ctx, node.Name, r)
			_ = r.CloseWithError(err) // ends the save, if that still goes on
			return err
		})
	}
	all.Go(func() error {
		save := s.engine.Command(ctx, append([]string{"save"}, images...)...)
		save.Stdout = &counter{w: io.MultiWriter(sinks...), step: step}
		var said head
		save.Stderr = &said
		err := save.Run()
		for _, w := range pipes {
			_ = w.CloseWithError(err)
		}
		if err != nil {
			return fmt.Errorf("save %q: %w: %s", images, err, said)
		}
		return nil
	})
	return all.Wait()
}

// importInto reads an archive of images into a node's containerd.
func (s *site) importInto(ctx context.Context, node string, archive io.Reader) error {
	cmd := s.engine.Command(ctx, "exec", "--interactive", "--privileged", node,
		"ctr", "--namespace=k8s.io", "images", "import", "--platform=linux/"+s.engine.Arch, "--digests", "-")
	cmd.Stdin = archive
	var said head
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("import into %s: %w: %s", node, err, said)
	}
	return nil
}

// A counter shows how much has gone through it.
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

// head keeps the beginning of what a command said.
type head []byte

func (h *head) Write(p []byte) (int, error) {
	*h = append(*h, p[:min(len(p), 4096-len(*h))]...)
	return len(p), nil
}
