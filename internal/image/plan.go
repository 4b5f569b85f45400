package image

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// nodeRepository is where the node images that podlab makes are named.
const nodeRepository = "podlab/node"

// A planner turns the sources of images into steps.
type planner struct {
	// sources holds images/.
	sources fs.FS
	// goVersion is that of the toolchain.
	goVersion string
}

// A plan is everything that can be built from packages.
type plan struct {
	// kubernetes is the version, with its v.
	kubernetes string
	// inside are the images that the node image brings along.
	inside []podImage
	// node are the layers of the node image, lowest first.
	node []*step
	// all are all steps.
	all []*step
	// sources stands for what is built from, whatever it is built with.
	sources string
}

// A podImage is an image for pods, that is one for containerd.
type podImage struct {
	// names are its references in full, as containerd knows them.
	names  []string
	layers []*step
	config v1.Config
	// ready is the image itself, where it is not made of layers.
	ready v1.Image
}

// newPlan reads the sources, and asks Go for its version, without which nothing
// can be built.
func newPlan(ctx context.Context, sources fs.FS) (*plan, error) {
	version, err := goVersion(ctx)
	if err != nil {
		return nil, err
	}
	known, err := sketch(sources)
	if err != nil {
		return nil, err
	}
	made, err := (&planner{sources: sources, goVersion: version}).plan()
	if err != nil {
		return nil, err
	}
	made.sources = known.sources
	return made, nil
}

// sketch is a plan that nothing can be built by: it does not know with what.
func sketch(sources fs.FS) (*plan, error) {
	made, err := (&planner{sources: sources}).plan()
	if err != nil {
		return nil, err
	}
	made.sources = made.key()
	return made, nil
}

func (p *planner) plan() (*plan, error) {
	c, err := p.components()
	if err != nil {
		return nil, fmt.Errorf("plan images: %w", err)
	}
	base := debianRoot(debian)
	inside, err := p.podImages(c, base)
	if err != nil {
		return nil, fmt.Errorf("plan images: %w", err)
	}
	files, err := p.nodeFiles(c)
	if err != nil {
		return nil, fmt.Errorf("plan images: %w", err)
	}
	packed, err := store(c, inside)
	if err != nil {
		return nil, fmt.Errorf("plan images: %w", err)
	}
	made := &plan{
		kubernetes: c.versions.kubernetes,
		inside:     inside,
		node:       []*step{nodeRoot(base), files, packed},
	}
	made.all = reachable(made.node)
	return made, nil
}

// nodeName is the name of the node image: the same as long as it would come
// out the same.
func (p *plan) nodeName() string {
	return fmt.Sprintf("%s:%s-%s", nodeRepository, p.kubernetes, p.key())
}

// key stands for all that goes into the node image.
func (p *plan) key() string {
	keys := make([]string, len(p.node))
	for i, s := range p.node {
		keys[i] = s.key()
	}
	return fingerprint(keys...)[:12]
}

// contents lists the names of all images in the node image.
func (p *plan) contents() []string {
	var names []string
	for _, image := range p.inside {
		names = append(names, image.names...)
	}
	slices.Sort(names)
	return names
}

// reachable lists these steps and all that they need.
func reachable(steps []*step) []*step {
	var list []*step
	for _, s := range steps {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	for i := 0; i < len(list); i++ {
		for _, need := range list[i].needs {
			if !slices.Contains(list, need) {
				list = append(list, need)
			}
		}
	}
	return list
}
