package image

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// assemble makes an image of layers, lowest first.
func assemble(config v1.Config, created time.Time, layers ...*layer) (v1.Image, error) {
	image := mutate.MediaType(empty.Image, types.OCIManifestSchema1)
	image = mutate.ConfigMediaType(image, types.OCIConfigJSON)
	image, err := mutate.ConfigFile(image, &v1.ConfigFile{
		Architecture: runtime.GOARCH, OS: "linux", Created: v1.Time{Time: created}, Config: config,
		RootFS: v1.RootFS{Type: "layers"},
	})
	for _, l := range layers {
		if err == nil {
			image, err = mutate.Append(image, mutate.Addendum{
				Layer: l, MediaType: l.Type, History: v1.History{Created: v1.Time{Time: epoch}, CreatedBy: "podlab"},
			})
		}
	}
	return image, err
}

// A namedImage is an image and the references that it is to have.
type namedImage struct {
	v1.Image
	names []string
}

// nameAnnotation is where containerd looks for an image's reference.
const nameAnnotation = "io.containerd.image.name"

// writeArchive writes images as a tar file that is an OCI image layout, with
// each layer once, as it is kept.
func writeArchive(w io.Writer, images []namedImage) error {
	a := &archive{Writer: tar.NewWriter(w), written: make(map[v1.Hash]bool)}
	index := v1.IndexManifest{SchemaVersion: 2, MediaType: types.OCIImageIndex}
	for _, image := range images {
		descriptors, err := a.add(image)
		if err != nil {
			return err
		}
		index.Manifests = append(index.Manifests, descriptors...)
	}
	data, err := json.Marshal(index)
	if err != nil {
		return err
	}
	return errors.Join(
		writeEntries(a.Writer,
			entry{path: "oci-layout", mode: 0o644, data: []byte(`{"imageLayoutVersion":"1.0.0"}`)},
			entry{path: "index.json", mode: 0o644, data: data}),
		a.Close())
}

type archive struct {
	*tar.Writer
	written map[v1.Hash]bool
}

// add writes an image's blobs, and returns what the index says of it, once
// for each of its names.
func (a *archive) add(image namedImage) ([]v1.Descriptor, error) {
	layers, err := image.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		content, err := l.Compressed()
		if err != nil {
			return nil, err
		}
		hash, hashErr := l.Digest()
		size, sizeErr := l.Size()
		if err := errors.Join(hashErr, sizeErr, a.blob(hash, size, content), content.Close()); err != nil {
			return nil, err
		}
	}
	config, configErr := image.RawConfigFile()
	configName, nameErr := image.ConfigName()
	manifest, manifestErr := image.RawManifest()
	digest, digestErr := image.Digest()
	mediaType, typeErr := image.MediaType()
	if err := errors.Join(configErr, nameErr, manifestErr, digestErr, typeErr); err != nil {
		return nil, err
	}
	if err := errors.Join(
		a.blob(configName, int64(len(config)), bytes.NewReader(config)),
		a.blob(digest, int64(len(manifest)), bytes.NewReader(manifest)),
	); err != nil {
		return nil, err
	}
	descriptors := make([]v1.Descriptor, len(image.names))
	for i, name := range image.names {
		descriptors[i] = v1.Descriptor{
			MediaType: mediaType, Digest: digest, Size: int64(len(manifest)),
			Annotations: map[string]string{nameAnnotation: name},
		}
	}
	return descriptors, nil
}

// blob writes a blob, if it was not written before.
func (a *archive) blob(hash v1.Hash, size int64, content io.Reader) error {
	if a.written[hash] {
		return nil
	}
	a.written[hash] = true
	return writeEntry(a.Writer, &tar.Header{
		Name: "blobs/" + hash.Algorithm + "/" + hash.Hex, Mode: 0o644, Size: size, Typeflag: tar.TypeReg,
	}, content)
}
