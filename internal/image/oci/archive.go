package oci

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// A NamedImage is an image and its references.
type NamedImage struct {
	v1.Image
	Names []string
}

// nameAnnotation is where containerd looks for an image's reference.
const nameAnnotation = "io.containerd.image.name"

// WriteArchive writes images as a tar file of an OCI image layout. It writes
// each layer once, in its stored form.
func WriteArchive(w io.Writer, images []NamedImage) error {
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
		WriteEntries(a.Writer,
			Entry{Path: "oci-layout", Mode: 0o644, Data: []byte(`{"imageLayoutVersion":"1.0.0"}`)},
			Entry{Path: "index.json", Mode: 0o644, Data: data}),
		a.Close())
}

type archive struct {
	*tar.Writer
	written map[v1.Hash]bool
}

// add writes an image's blobs, and returns the index's descriptors: one for
// each name of the image.
func (a *archive) add(image NamedImage) ([]v1.Descriptor, error) {
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
	descriptors := make([]v1.Descriptor, len(image.Names))
	for i, name := range image.Names {
		descriptors[i] = v1.Descriptor{
			MediaType: mediaType, Digest: digest, Size: int64(len(manifest)),
			Annotations: map[string]string{nameAnnotation: name},
		}
	}
	return descriptors, nil
}

// blob writes a blob unless the archive already has it.
func (a *archive) blob(hash v1.Hash, size int64, content io.Reader) error {
	if a.written[hash] {
		return nil
	}
	a.written[hash] = true
	return WriteEntry(a.Writer, &tar.Header{
		Name: "blobs/" + hash.Algorithm + "/" + hash.Hex, Mode: 0o644, Size: size, Typeflag: tar.TypeReg,
	}, content)
}
