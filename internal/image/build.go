package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"podlab/internal/assets"
	"podlab/internal/engine"
	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
	"podlab/internal/image/recipe"
	"podlab/internal/progress"
	"podlab/internal/state"
)

// nodeRepository is the repository of node images that podlab builds.
const nodeRepository = "podlab/node"

// Labels of a node image.
const (
	labelKubernetes = "podlab.kubernetes"
	// labelSources is the key of the sources, whatever toolchain compiled them.
	labelSources = "podlab.sources"
	// labelContents are the references of the images inside, separated by
	// spaces.
	labelContents = "podlab.contents"
)

func openCache() (*graph.Cache, error) {
	dir, err := state.Cache()
	if err != nil {
		return nil, err
	}
	return graph.Open(filepath.Join(dir, "images"))
}

// nodeName is the node image's name, which identifies its content.
func nodeName(p *recipe.Plan) string {
	return fmt.Sprintf("%s:%s-%s", nodeRepository, p.Kubernetes, p.Key())
}

// buildable returns an error if this machine can't build images for the engine.
func buildable(e *engine.Engine) error {
	if runtime.GOOS != "linux" || e.OS != "linux" || e.Arch != runtime.GOARCH {
		return fmt.Errorf("build images from packages: podlab runs on %s/%s and the engine's containers on %s/%s, but both must be the same Linux",
			runtime.GOOS, runtime.GOARCH, e.OS, e.Arch)
	}
	return nil
}

// prebuilt returns the images that were built from the current sources, or nil
// if the engine has none.
func prebuilt(ctx context.Context, e *engine.Engine, o Options) (*Images, error) {
	sources, err := o.sources()
	if errors.Is(err, assets.ErrMissing) {
		return nil, nil //nolint:nilnil // without sources, nothing was built
	}
	if err != nil {
		return nil, err
	}
	p, err := recipe.New(sources, "")
	if err != nil {
		return nil, err
	}
	refs, err := nodeImages(ctx, e, labelSources+"="+p.Key())
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if strings.Contains(ref, nodeRepository+":") {
			return &Images{Source: Packages, Node: ref, Kubernetes: p.Kubernetes}, nil
		}
	}
	return nil, nil //nolint:nilnil // there is none
}

// nodeImages lists the references of the engine's images with a label.
func nodeImages(ctx context.Context, e *engine.Engine, label string) ([]string, error) {
	out, err := e.Output(ctx, "images", "--filter", "label="+label, "--format", "{{.Repository}}:{{.Tag}}")
	if err != nil {
		return nil, fmt.Errorf("list node images: %w", err)
	}
	return strings.Fields(string(out)), nil
}

// Build builds the node image from packages, unless the engine has it, and
// loads it into the engine. Unlike [Ensure], Build does not accept a node image
// that another version of Go has compiled.
func Build(ctx context.Context, e *engine.Engine, o Options) (*Images, error) {
	if err := buildable(e); err != nil {
		return nil, err
	}
	sources, err := o.sources()
	if err != nil {
		return nil, fmt.Errorf("build images from packages: %w", err)
	}
	toolchain, err := recipe.Toolchain(ctx)
	if err != nil {
		return nil, err
	}
	p, err := recipe.New(sources, toolchain)
	if err != nil {
		return nil, err
	}
	built := &Images{Source: Packages, Node: nodeName(p), Kubernetes: p.Kubernetes}
	if _, ok, err := e.ImageID(ctx, built.Node); ok || err != nil {
		return built, err
	}
	identity, err := recipe.New(sources, "")
	if err != nil {
		return nil, err
	}
	cache, err := openCache()
	if err != nil {
		return nil, err
	}
	unlock, err := cache.Lock(ctx, o.report())
	if err != nil {
		return nil, err
	}
	defer unlock()
	// Another podlab may have built the image while this one waited.
	if _, ok, err := e.ImageID(ctx, built.Node); ok || err != nil {
		return built, err
	}
	b := &build{Plan: p, engine: e, cache: cache, options: o, labels: map[string]string{
		labelKubernetes: p.Kubernetes,
		labelSources:    identity.Key(),
		labelContents:   strings.Join(p.Contents(), " "),
	}}
	if err := b.run(ctx); err != nil {
		return nil, fmt.Errorf("build images from packages: %w", err)
	}
	return built, nil
}

// A build makes the node image of a plan.
type build struct {
	*recipe.Plan
	engine  *engine.Engine
	cache   *graph.Cache
	options Options
	labels  map[string]string
}

func (b *build) run(ctx context.Context) error {
	builder := graph.NewBuilder(b.cache, b.options.report(), recipe.Limits())
	if recipe.NeedMmdebstrap(builder.Missing(b.Layers...)) {
		if _, err := exec.LookPath("mmdebstrap"); err != nil {
			if err := installMmdebstrap(ctx, b.options); err != nil {
				return err
			}
		}
	}
	if err := builder.Build(ctx, b.Layers...); err != nil {
		return err
	}
	if err := b.load(ctx); err != nil {
		return err
	}
	return b.cache.Prune(graph.Closure(b.Layers...))
}

// load loads the node image into the engine.
func (b *build) load(ctx context.Context) (err error) {
	const what = "load the node image"
	started := time.Now()
	shown := b.options.report().Begin(what, b.cache.LastDuration(what))
	defer func() { shown.End(err) }()

	image, size, err := b.Image(b.cache, b.labels)
	if err != nil {
		return err
	}
	read, write := io.Pipe()
	go func() {
		write.CloseWithError(oci.Save(&meter{Writer: write, step: shown, total: size}, nodeName(b.Plan), image))
	}()
	err = b.engine.Load(ctx, read)
	_ = read.Close() // ends the writer if the engine has stopped reading
	if err != nil {
		return err
	}
	return b.cache.SaveDuration(what, time.Since(started))
}

// A meter shows how much has been written.
type meter struct {
	io.Writer
	step                  progress.Step
	written, shown, total int64
}

const megabyte = 1_000_000

func (m *meter) Write(p []byte) (int, error) {
	n, err := m.Writer.Write(p)
	m.written += int64(n)
	if mb := m.written / megabyte; mb != m.shown {
		m.shown = mb
		m.step.Detail("%d of %d MB", mb, max(mb, m.total/megabyte))
	}
	return n, err
}
