package recipe

import (
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

// What the steps keep busy.
const (
	network  graph.Resource = "network"
	compiler graph.Resource = "compiler"
	// unpacker downloads packages, unpacks them and runs their scripts.
	unpacker graph.Resource = "unpacker"
	// packer reads and writes large files.
	packer graph.Resource = "packer"
)

// Limits are how many steps run at once: enough to keep this machine busy. go
// build uses all processors except at its start and end, so two overlap;
// mmdebstrap waits most of the time.
func Limits() map[graph.Resource]int {
	return map[graph.Resource]int{network: 3, compiler: 2, unpacker: 2, packer: runtime.NumCPU()}
}

// NeedMmdebstrap says whether one of the steps runs mmdebstrap.
func NeedMmdebstrap(steps []*graph.Step) bool {
	return slices.ContainsFunc(steps, func(s *graph.Step) bool { return s.Uses == unpacker })
}

// A Plan says how the node image is built, with all images inside it.
type Plan struct {
	// Kubernetes is the version of Kubernetes, with its v.
	Kubernetes string
	// Layers make the layers of the node image, the lowest first.
	Layers []*graph.Step

	// inside are the images inside the node image.
	inside []podImage
}

// A planner turns sources into steps.
type planner struct {
	// sources holds the directory images of the repository.
	sources   fs.FS
	toolchain string
}

// New reads the sources, which hold the directory images of the repository.
// The toolchain is from [Toolchain]. A plan without a toolchain ("") can't
// build, but its key identifies the sources.
func New(sources fs.FS, toolchain string) (*Plan, error) {
	made, err := (&planner{sources, toolchain}).plan()
	if err != nil {
		return nil, fmt.Errorf("plan images: %w", err)
	}
	return made, nil
}

func (p *planner) plan() (*Plan, error) {
	c, err := p.components()
	if err != nil {
		return nil, err
	}
	base := debian.step()
	inside, err := p.podImages(c, base)
	if err != nil {
		return nil, err
	}
	files, err := p.nodeFiles(c)
	if err != nil {
		return nil, err
	}
	store, err := storeLayer(c, inside)
	if err != nil {
		return nil, err
	}
	return &Plan{Kubernetes: c.kubernetes.version, Layers: []*graph.Step{nodeRoot(base), files, store}, inside: inside}, nil
}

// Key identifies everything that goes into the node image.
func (p *Plan) Key() string {
	keys := make([]string, len(p.Layers))
	for i, s := range p.Layers {
		keys[i] = s.Key()
	}
	return graph.Hash(keys...)[:12]
}

// Contents lists the references of all images inside the node image.
func (p *Plan) Contents() []string {
	var names []string
	for _, image := range p.inside {
		names = append(names, image.names...)
	}
	slices.Sort(names)
	return names
}

// Image assembles the node image from layers in the cache, and returns how many
// bytes they are.
func (p *Plan) Image(cache *graph.Cache, labels map[string]string) (image v1.Image, size int64, err error) {
	layers := make([]*oci.Layer, len(p.Layers))
	for i, s := range p.Layers {
		if layers[i], err = oci.OpenLayer(cache.Path(s)); err != nil {
			return nil, 0, err
		}
		size += layers[i].Bytes
	}
	config := nodeConfig
	config.Labels = labels
	// The image's name identifies its content. The time is for people.
	image, err = oci.Assemble(config, time.Now(), layers...)
	return image, size, err
}
