package oci

import (
	"runtime"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// PathEnv is the usual PATH: static pods call their programs by bare names.
const PathEnv = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Assemble makes an image for this machine's architecture from stored layers,
// the lowest first.
func Assemble(config v1.Config, created time.Time, layers ...*Layer) (v1.Image, error) {
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	list := make([]v1.Layer, len(layers))
	for i, l := range layers {
		list[i] = l
	}
	history := v1.History{Created: v1.Time{Time: Epoch}, CreatedBy: "podlab"}
	return assemble(base, runtime.GOARCH, created, config, history, list)
}

func assemble(base v1.Image, arch string, created time.Time, config v1.Config, history v1.History, layers []v1.Layer) (v1.Image, error) {
	image, err := mutate.ConfigFile(base, &v1.ConfigFile{
		Architecture: arch, OS: "linux", Created: v1.Time{Time: created}, Config: config,
		RootFS: v1.RootFS{Type: "layers"},
	})
	for _, l := range layers {
		if err != nil {
			break
		}
		var form types.MediaType
		if form, err = l.MediaType(); err == nil {
			image, err = mutate.Append(image, mutate.Addendum{Layer: l, MediaType: form, History: history})
		}
	}
	return image, err
}
