package image

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// A layer of an image, as it is kept in a directory of the cache. It is a
// [v1.Layer] whose compressed form is whatever is kept, never made anew.
type layer struct {
	dir string
	layerInfo
}

// layerInfo is what has to be known of a layer without reading it.
type layerInfo struct {
	// Content is the hash of the tar file, Stored that of what is kept of it.
	Content v1.Hash         `json:"diffID"`
	Stored  v1.Hash         `json:"digest"`
	Bytes   int64           `json:"size"`
	Type    types.MediaType `json:"mediaType"`
}

const (
	blobFile = "blob"
	infoFile = "layer.json"
)

func openLayer(dir string) (*layer, error) {
	l := &layer{dir: dir}
	data, err := os.ReadFile(filepath.Join(dir, infoFile))
	if err == nil {
		err = json.Unmarshal(data, &l.layerInfo)
	}
	if err != nil {
		return nil, fmt.Errorf("open layer: %w", err)
	}
	return l, nil
}

// Digest is the hash of what is kept.
func (l *layer) Digest() (v1.Hash, error) { return l.Stored, nil }

// DiffID is the hash of the tar file.
func (l *layer) DiffID() (v1.Hash, error) { return l.Content, nil }

// Size is that of what is kept.
func (l *layer) Size() (int64, error) { return l.Bytes, nil }

// MediaType says how it is kept.
func (l *layer) MediaType() (types.MediaType, error) { return l.Type, nil }

// Compressed opens what is kept.
func (l *layer) Compressed() (io.ReadCloser, error) { return os.Open(filepath.Join(l.dir, blobFile)) }

// Uncompressed opens the tar file.
func (l *layer) Uncompressed() (io.ReadCloser, error) {
	file, err := l.Compressed()
	if err != nil || l.Type != types.OCILayerZStd {
		return file, err
	}
	z, err := zstd.NewReader(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return readCloser{z.IOReadCloser(), file}, nil
}

type readCloser struct {
	io.ReadCloser
	file io.Closer
}

func (r readCloser) Close() error { return errors.Join(r.ReadCloser.Close(), r.file.Close()) }

// How a layer is kept: containerd reads zstd, and four times as fast as gzip;
// of docker archives, every engine reads plain tar files.
const (
	zipped = types.OCILayerZStd
	plain  = types.OCIUncompressedLayer
)

// layerStep is a step that makes a layer.
func layerStep(name string, form types.MediaType, recipe []string, needs []*step, fill func(context.Context, *job, *tar.Writer) error) *step {
	s := &step{name: name, uses: packer, recipe: append([]string{string(form)}, recipe...), needs: needs}
	s.run = func(ctx context.Context, j *job) error {
		return writeLayer(j.out, form, func(w *tar.Writer) error { return fill(ctx, j, w) })
	}
	return s
}

// writeLayer makes a layer's directory.
func writeLayer(dir string, form types.MediaType, fill func(*tar.Writer) error) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, blobFile), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	stored := &counted{Hash: sha256.New(), to: file}
	var packed io.WriteCloser = unpacked{stored}
	if form == zipped {
		// One goroutine: the same input then makes the same bytes.
		if packed, err = zstd.NewWriter(stored, zstd.WithEncoderConcurrency(1)); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	content := sha256.New()
	w := tar.NewWriter(io.MultiWriter(content, packed))
	if err := errors.Join(fill(w), w.Close(), packed.Close(), file.Close()); err != nil {
		return err
	}
	info, err := json.Marshal(layerInfo{Content: digest(content), Stored: digest(stored), Bytes: stored.size, Type: form})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, infoFile), info, 0o600)
}

func digest(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

// counted hashes and counts what passes.
type counted struct {
	hash.Hash
	to   io.Writer
	size int64
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.size += int64(n)
	c.Hash.Write(p[:n]) // never fails
	return n, err
}

// unpacked is a compressor that does not compress.
type unpacked struct{ io.Writer }

func (unpacked) Close() error { return nil }
