package image

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"runtime"
	"slices"
	"strings"
)

// suite is the release of Debian that file systems are made of.
const suite = "bookworm"

// A root is a file system made of Debian packages.
type root struct {
	name string
	// on is the root that packages are installed into, or nil: then variant is
	// how much mmdebstrap installs besides them.
	on       *step
	variant  string
	packages []string
	// drop are patterns of [path.Match] for what is left out, with all that is
	// below.
	drop []string
}

// unwanted is left out of every root: what belongs to the machine that makes
// it, what needs devices, and what is read by nobody.
var unwanted = []string{
	"dev/*", "etc/hostname", "etc/resolv.conf",
	"usr/share/doc/*", "usr/share/info/*", "usr/share/locale/*", "usr/share/man/*", "var/cache/*",
}

// debianRoot returns the step that makes a root, as a tar file.
func debianRoot(r root) *step {
	if r.on != nil {
		r.variant = "custom" // no more than is asked for
	}
	args := []string{"--variant=" + r.variant, "--format=tar"}
	if len(r.packages) > 0 {
		args = append(args, "--include="+strings.Join(r.packages, ","))
	}
	drop := slices.Concat(unwanted, r.drop)
	s := &step{name: "unpack " + r.name, uses: unpacker, recipe: slices.Concat(args, drop, []string{suite, runtime.GOARCH})}
	if r.on != nil {
		s.needs = []*step{r.on}
	}
	s.run = func(ctx context.Context, j *job) error {
		run := slices.Clone(args)
		if r.on != nil {
			run = append(run, fmt.Sprintf(`--setup-hook=tar -C "$1" -xf '%s'`, j.in(r.on)))
		}
		cmd := j.command(ctx, "mmdebstrap", append(run, suite, "-")...)
		withOwnMounts(cmd)
		cmd.Env = append(cmd.Env, fmt.Sprintf("SOURCE_DATE_EPOCH=%d", epoch.Unix()))
		return j.filterTar(ctx, cmd, j.out, func(name string) bool { return !matches(drop, name) })
	}
	return s
}

// filterTar runs a command that writes a tar file, and keeps of that what keep
// wants.
func (j *job) filterTar(ctx context.Context, cmd *exec.Cmd, out string, keep func(name string) bool) error {
	read, write := io.Pipe()
	cmd.Stdout = write
	ran := make(chan error, 1)
	go func() {
		err := j.do(ctx, cmd)
		write.CloseWithError(err) // what the reader then finds, too
		ran <- err
	}()
	err := writeTar(out, func(w *tar.Writer) error {
		err := eachEntry(read, func(header *tar.Header, content io.Reader) error {
			if !keep(header.Name) {
				return nil
			}
			return writeEntry(w, header, content)
		})
		// The command may pad its file after the end, and must not block on it.
		_, drained := io.Copy(io.Discard, read)
		return errors.Join(err, drained)
	})
	if failed := <-ran; failed != nil {
		return failed
	}
	return err
}

// writeTar makes a tar file.
func writeTar(path string, fill func(*tar.Writer) error) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := tar.NewWriter(file)
	return errors.Join(fill(w), w.Close(), file.Close())
}

// matches says whether a path, or one of its parents, matches a pattern.
func matches(patterns []string, name string) bool {
	for ; name != "."; name = path.Dir(name) {
		for _, pattern := range patterns {
			if ok, err := path.Match(pattern, name); ok && err == nil {
				return true
			}
		}
	}
	return false
}
