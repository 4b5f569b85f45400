package image

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"podlab/internal/progress"
)

// member is an entry of a tar file, in short.
type member struct{ Name, Is string }

func members(t *testing.T, r io.Reader) []member {
	t.Helper()
	var list []member
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		is := fmt.Sprintf("%c %o %d %s%s", header.Typeflag, header.Mode, header.Uid, header.Linkname, data)
		list = append(list, member{header.Name, is})
	}
}

func tarOf(t *testing.T, headers ...*tar.Header) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.tar")
	err := writeTar(name, func(w *tar.Writer) error {
		for _, h := range headers {
			content := h.Uname // as good a place as any
			h.Uname = ""
			if h.Typeflag == 0 {
				h.Typeflag, h.Size = tar.TypeReg, int64(len(content))
			}
			if h.Mode == 0 {
				h.Mode = 0o644
			}
			if err := w.WriteHeader(h); err != nil {
				return err
			}
			if _, err := io.WriteString(w, content); err != nil && h.Size > 0 {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func reg(name, content string) *tar.Header {
	return &tar.Header{Name: name, Uname: content, ModTime: time.Now()}
}

func hard(name, target string) *tar.Header {
	return &tar.Header{Name: name, Linkname: target, Typeflag: tar.TypeLink}
}

func folder(name string) *tar.Header {
	return &tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755}
}

func TestDifferenceIsWhatLiesOnTop(t *testing.T) {
	lower := tarOf(t, folder("./"), folder("./etc/"), reg("./etc/same", "1"), reg("./etc/changed", "1"), reg("./etc/stays", "1"),
		reg("./bin", "prog"), hard("./alias", "./bin"), reg("./old", "x"), hard("./oldalias", "./old"))
	chmod := reg("./etc/mode", "1")
	chmod.Mode = 0o600
	upper := tarOf(t, folder("./"), folder("./etc/"), reg("./etc/same", "1"), reg("./etc/changed", "2"), reg("./etc/new", "1"), chmod,
		reg("./bin", "prog 2"), hard("./alias", "./bin"), reg("./old", "x"), hard("./oldalias", "./old"), reg("./log", "lines"))
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := writeDifference(w, lower, upper, entry{path: "log", link: "/dev/stdout"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got := members(t, &out)
	want := []member{
		{"etc/changed", "0 644 0 2"},
		{"etc/new", "0 644 0 1"},
		{"etc/mode", "0 600 0 1"},
		{"bin", "0 644 0 prog 2"},
		{"alias", "1 644 0 ./bin"}, // its target has changed
		{"log", "2 777 0 /dev/stdout"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestFilterDropsWithAllBelow(t *testing.T) {
	c := testCache(t)
	source := tarOf(t, folder("./dev/"), reg("./dev/null", ""), folder("./usr/"), folder("./usr/share/"), folder("./usr/share/doc/"),
		folder("./usr/share/doc/tar/"), reg("./usr/share/doc/tar/README", "x"), reg("./etc/hostname", "mine"), reg("./etc/hosts", "h"))
	s := &step{name: "filter", uses: unpacker, run: func(ctx context.Context, j *job) error {
		return j.keepTar(ctx, j.command(ctx, "cat", source), unwanted)
	}}
	if err := newBuilder(c, progress.Discard).make(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(c.path(s))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var names []string
	for _, m := range members(t, file) {
		names = append(names, m.Name)
	}
	if want := []string{"dev/", "usr/", "usr/share/", "usr/share/doc/", "etc/hosts"}; !slices.Equal(names, want) {
		t.Errorf("got %v, want %v", names, want)
	}
}

func TestFilterReportsACommandThatFails(t *testing.T) {
	c := testCache(t)
	source := tarOf(t, reg("./a", "1"))
	s := &step{name: "filter", uses: unpacker, run: func(ctx context.Context, j *job) error {
		cmd := j.command(ctx, "sh", "-c", "cat "+source+"; echo broken mirror >&2; exit 25")
		return j.keepTar(ctx, cmd, nil)
	}}
	err := newBuilder(c, progress.Discard).make(t.Context(), s)
	if err == nil || !strings.Contains(err.Error(), "exit status 25") || !strings.Contains(err.Error(), "broken mirror") {
		t.Errorf("got %v, want the command's status and last line", err)
	}
	if c.has(s) {
		t.Error("there is an entry of a command that failed")
	}
}

func TestLayersComeOutTheSame(t *testing.T) {
	fill := func(w *tar.Writer) error {
		return writeEntries(w, entry{path: "a", dir: true, mode: 0o755}, entry{path: "a/b", mode: 0o644, data: bytes.Repeat([]byte("pod "), 1e5)})
	}
	var infos []layerInfo
	for i := range 2 {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := writeLayer(dir, zipped, fill); err != nil {
			t.Fatal(err)
		}
		l, err := openLayer(dir)
		if err != nil {
			t.Fatal(err)
		}
		checkLayer(t, l)
		infos = append(infos, l.layerInfo)
	}
	if diff := cmp.Diff(infos[0], infos[1]); diff != "" {
		t.Error(diff)
	}
	if infos[0].Bytes > 1e4 {
		t.Errorf("%d bytes are not compressed", infos[0].Bytes)
	}
}

// checkLayer compares what a layer says of itself with what it holds. (Package
// validate takes every compressed layer for gzip.)
func checkLayer(t *testing.T, l *layer) {
	t.Helper()
	for want, open := range map[v1.Hash]func() (io.ReadCloser, error){l.Stored: l.Compressed, l.Content: l.Uncompressed} {
		r, err := open()
		if err != nil {
			t.Fatal(err)
		}
		got, size, err := v1.SHA256(r)
		if err != nil || got != want || want == l.Stored && size != l.Bytes {
			t.Errorf("got %s of %d bytes, %v; want %s, stored in %d", got, size, err, want, l.Bytes)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestArchiveIsAnImageLayout reads back what containerd is given.
func TestArchiveIsAnImageLayout(t *testing.T) {
	dir := t.TempDir()
	make1 := func(name, content string) *layer {
		path := filepath.Join(dir, name)
		err := writeLayer(path, zipped, func(w *tar.Writer) error {
			return writeEntries(w, entry{path: name, mode: 0o644, data: []byte(content)})
		})
		if err != nil {
			t.Fatal(err)
		}
		l, err := openLayer(path)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	shared, own := make1("shared", "s"), make1("own", "o")
	one, err := assemble(v1.Config{Cmd: []string{"one"}}, epoch, shared)
	if err != nil {
		t.Fatal(err)
	}
	two, err := assemble(v1.Config{Cmd: []string{"two"}}, epoch, shared, own)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := writeArchive(&out, []namedImage{{one, []string{"docker.io/library/one:latest"}}, {two, []string{"two:a", "two:b"}}}); err != nil {
		t.Fatal(err)
	}
	unpacked := filepath.Join(dir, "layout")
	for _, m := range members(t, &out) {
		path := filepath.Join(unpacked, m.Name)
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is there twice", m.Name)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.TrimPrefix(m.Is, "0 644 0 ")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	index, err := layout.ImageIndexFromPath(unpacked)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index, validate.Fast); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, d := range manifest.Manifests {
		names = append(names, d.Annotations[nameAnnotation])
	}
	if want := []string{"docker.io/library/one:latest", "two:a", "two:b"}; !slices.Equal(names, want) {
		t.Errorf("names %v, want %v", names, want)
	}
}
