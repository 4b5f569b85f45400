package oci

import (
	"archive/tar"
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

// The two forms in which a layer can be stored. containerd reads zstd, four
// times as fast as gzip; every engine reads plain tar files in docker archives.
const (
	Zstd  = types.OCILayerZStd
	Plain = types.OCIUncompressedLayer
)

// A Layer is a [v1.Layer] in a directory. Its compressed form is the stored
// file, which is never compressed again.
type Layer struct {
	dir string
	layerInfo
}

// layerInfo describes a layer, so that podlab does not have to read the layer again.
type layerInfo struct {
	// Content is the hash of the tar file, Stored the hash of the stored file.
	Content v1.Hash         `json:"diffID"`
	Stored  v1.Hash         `json:"digest"`
	Bytes   int64           `json:"size"`
	Form    types.MediaType `json:"mediaType"`
}

const (
	blobFile = "blob"
	infoFile = "layer.json"
)

// OpenLayer returns the layer that [WriteLayer] wrote.
func OpenLayer(dir string) (*Layer, error) {
	l := &Layer{dir: dir}
	data, err := os.ReadFile(filepath.Join(dir, infoFile))
	if err == nil {
		err = json.Unmarshal(data, &l.layerInfo)
	}
	if err != nil {
		return nil, fmt.Errorf("open layer: %w", err)
	}
	return l, nil
}

// Digest is the hash of the stored file.
func (l *Layer) Digest() (v1.Hash, error) { return l.Stored, nil }

// DiffID is the hash of the tar file.
func (l *Layer) DiffID() (v1.Hash, error) { return l.Content, nil }

// Size is the size of the stored file.
func (l *Layer) Size() (int64, error) { return l.Bytes, nil }

// MediaType is the form of the stored file.
func (l *Layer) MediaType() (types.MediaType, error) { return l.Form, nil }

// Compressed opens the stored file.
func (l *Layer) Compressed() (io.ReadCloser, error) { return os.Open(filepath.Join(l.dir, blobFile)) }

// Uncompressed opens the tar file.
func (l *Layer) Uncompressed() (io.ReadCloser, error) {
	file, err := l.Compressed()
	if err != nil || l.Form != Zstd {
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

// WriteLayer stores a layer in dir, which must not exist yet.
func WriteLayer(dir string, form types.MediaType, fill func(*tar.Writer) error) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(filepath.Join(dir, blobFile), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	stored := &hashWriter{Hash: sha256.New(), to: file}
	var compressor io.WriteCloser = nopCloser{stored}
	if form == Zstd {
		// With one goroutine, the same input makes the same bytes.
		if compressor, err = zstd.NewWriter(stored, zstd.WithEncoderConcurrency(1)); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	content := sha256.New()
	w := tar.NewWriter(io.MultiWriter(content, compressor))
	if err := errors.Join(fill(w), w.Close(), compressor.Close(), file.Close()); err != nil {
		return err
	}
	info, err := json.Marshal(layerInfo{Content: digest(content), Stored: digest(stored), Bytes: stored.size, Form: form})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, infoFile), info, 0o600)
}

func digest(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

// A hashWriter hashes and counts the bytes that it writes.
type hashWriter struct {
	hash.Hash
	to   io.Writer
	size int64
}

func (h *hashWriter) Write(p []byte) (int, error) {
	n, err := h.to.Write(p)
	h.size += int64(n)
	h.Hash.Write(p[:n]) // never fails
	return n, err
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
