package recipe

import (
	"archive/tar"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
	"podlab/internal/progress"
)

// build runs a step and returns the path of its result.
func build(t *testing.T, s *graph.Step) (string, error) {
	t.Helper()
	cache, err := graph.Open(filepath.Join(t.TempDir(), "images"))
	if err != nil {
		t.Fatal(err)
	}
	return cache.Path(s), graph.NewBuilder(cache, progress.Discard, Limits()).Build(t.Context(), s)
}

// tarOf makes a tar file with these entries, and returns its path.
func tarOf(t *testing.T, entries ...oci.Entry) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.tar")
	if err := oci.WriteTar(name, func(w *tar.Writer) error { return oci.WriteEntries(w, entries...) }); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestUnwantedFilesAndDirectoriesAreDropped(t *testing.T) {
	source := tarOf(t, oci.Entry{Path: "dev", Dir: true}, oci.Entry{Path: "dev/null"},
		oci.Entry{Path: "usr/share/doc", Dir: true}, oci.Entry{Path: "usr/share/doc/tar", Dir: true}, oci.Entry{Path: "usr/share/doc/tar/README"},
		oci.Entry{Path: "etc/hostname"}, oci.Entry{Path: "etc/hosts"})
	path, err := build(t, &graph.Step{Name: "filter", Uses: unpacker, Run: func(ctx context.Context, j *graph.Job) error {
		return keepTar(ctx, j, j.Command(ctx, "cat", source), unwanted)
	}})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var names []string
	err = oci.EachEntry(file, func(header *tar.Header, _ io.Reader) error {
		names = append(names, header.Name)
		return nil
	})
	if want := []string{"dev", "usr/share/doc", "etc/hosts"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("got %v, %v; want %v", names, err, want)
	}
}

func TestAFailedCommandFailsItsStep(t *testing.T) {
	source := tarOf(t, oci.Entry{Path: "a", Data: []byte("1")})
	path, err := build(t, &graph.Step{Name: "filter", Uses: unpacker, Run: func(ctx context.Context, j *graph.Job) error {
		return keepTar(ctx, j, j.Command(ctx, "sh", "-c", "cat "+source+"; echo broken mirror >&2; exit 25"), nil)
	}})
	if err == nil || !strings.Contains(err.Error(), "exit status 25") || !strings.Contains(err.Error(), "broken mirror") {
		t.Errorf("got %v, want the command's status and last line", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("the failed step has a result")
	}
}
