package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"

	"podlab/internal/assets"
	"podlab/internal/engine"
	"podlab/internal/progress"
)

// Labels of a node image.
const (
	labelKubernetes = "podlab.kubernetes"
	// labelSources is the hash of the sources that an image was built from,
	// whatever they were built with.
	labelSources = "podlab.sources"
	// labelContents are the names of the images inside, with spaces between.
	labelContents = "podlab.contents"
)

// buildable says why images can't be built for this engine, nil when they can.
func buildable(e *engine.Engine) error {
	if runtime.GOOS != "linux" || e.OS != "linux" || e.Arch != runtime.GOARCH {
		return fmt.Errorf("build images from packages: this is %s/%s and the engine's containers are %s/%s, which must be the same Linux",
			runtime.GOOS, runtime.GOARCH, e.OS, e.Arch)
	}
	return nil
}

// prebuilt returns the images that were built from the present sources before,
// if the engine has them.
func prebuilt(ctx context.Context, e *engine.Engine, o Options) (*Images, error) {
	sources, err := o.sources()
	if errors.Is(err, assets.ErrMissing) {
		return nil, nil //nolint:nilnil // nothing to build from, so nothing was built
	}
	if err != nil {
		return nil, err
	}
	p, err := sketch(sources)
	if err != nil {
		return nil, err
	}
	out, err := e.Output(ctx, "images", "--filter", "label="+labelSources+"="+p.sources, "--format", "{{.Repository}}:{{.Tag}}")
	if err != nil {
		return nil, fmt.Errorf("look for node images: %w", err)
	}
	for ref := range strings.FieldsSeq(string(out)) {
		if strings.Contains(ref, nodeRepository+":") {
			return &Images{Source: Packages, Node: ref, Kubernetes: p.kubernetes}, nil
		}
	}
	return nil, nil //nolint:nilnil // there is none
}

// Build builds the node image from packages as far as it is not there, and
// loads it into the engine.
func Build(ctx context.Context, e *engine.Engine, o Options) (*Images, error) {
	if err := buildable(e); err != nil {
		return nil, err
	}
	sources, err := o.sources()
	if err != nil {
		return nil, fmt.Errorf("build images from packages: %w", err)
	}
	p, err := newPlan(ctx, sources)
	if err != nil {
		return nil, err
	}
	node := p.nodeName()
	built := &Images{Source: Packages, Node: node, Kubernetes: p.kubernetes}
	if _, ok, err := e.ImageID(ctx, node); ok || err != nil {
		return built, err
	}
	c, err := openCache()
	if err != nil {
		return nil, err
	}
	unlock, err := c.lock(ctx, o.report())
	if err != nil {
		return nil, err
	}
	defer unlock()
	// Whoever had the lock may have been at the same.
	if _, ok, err := e.ImageID(ctx, node); ok || err != nil {
		return built, err
	}
	if err := p.build(ctx, e, c, o); err != nil {
		return nil, fmt.Errorf("build images from packages: %w", err)
	}
	return built, nil
}

// build makes what is missing, and loads it.
func (p *plan) build(ctx context.Context, e *engine.Engine, c *cache, o Options) error {
	b := newBuilder(c, o.report())
	if err := needPrograms(ctx, b.missing(p.node), o); err != nil {
		return err
	}
	if err := b.make(ctx, p.node...); err != nil {
		return err
	}
	if err := p.load(ctx, e, c, o.report()); err != nil {
		return err
	}
	return c.prune(p.all)
}

// load gives the engine the node image.
func (p *plan) load(ctx context.Context, e *engine.Engine, c *cache, report progress.Reporter) (err error) {
	const what = "load the node image"
	started := time.Now()
	shown := report.Begin(what, c.last(what))
	defer func() { shown.End(err) }()

	tag, image, err := p.image(c)
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() {
		counting := &meter{Writer: write, step: shown, total: p.size(c)}
		write.CloseWithError(tarball.Write(tag, image, counting))
	}()
	err = e.Load(ctx, read)
	_ = read.Close() // ends the writer, if the engine has stopped reading
	if err != nil {
		return err
	}
	return c.remember(what, time.Since(started))
}

// image assembles the node image from the cache.
func (p *plan) image(c *cache) (name.Tag, v1.Image, error) {
	tag, err := name.NewTag(p.nodeName())
	if err != nil {
		return name.Tag{}, nil, err
	}
	layers := make([]*layer, len(p.node))
	for i, s := range p.node {
		if layers[i], err = openLayer(c.path(s)); err != nil {
			return name.Tag{}, nil, err
		}
	}
	config := nodeConfig
	config.Labels = map[string]string{
		labelKubernetes: p.kubernetes,
		labelSources:    p.sources,
		labelContents:   strings.Join(p.contents(), " "),
	}
	// It is known by its name; when it was made is for people to see.
	image, err := assemble(config, time.Now(), layers...)
	return tag, image, err
}

// size is how much is loaded, in bytes; what is not known counts nothing.
func (p *plan) size(c *cache) int64 {
	var total int64
	for _, s := range p.node {
		if l, err := openLayer(c.path(s)); err == nil {
			total += l.Bytes
		}
	}
	return total
}

// meter shows how much has passed.
type meter struct {
	io.Writer
	step        progress.Step
	done, total int64
	shown       int64
}

const megabyte = 1_000_000

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.Writer.Write(p)
	m.done += int64(n)
	if mb := m.done / megabyte; mb != m.shown {
		m.shown = mb
		m.step.Detail("%d of %d MB", mb, max(mb, m.total/megabyte))
	}
	return n, err
}

// needPrograms makes sure, before anything is begun, that what the steps run
// is there: go is, as the plan has asked it.
func needPrograms(ctx context.Context, steps []*step, o Options) error {
	if !slices.ContainsFunc(steps, func(s *step) bool { return s.uses == unpacker }) {
		return nil
	}
	if _, err := exec.LookPath("mmdebstrap"); err == nil {
		return nil
	}
	return installBootstrap(ctx, o)
}
