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
)

// suite is the release of Debian that file systems are made of.
const suite = "bookworm"

// A root is a file system made of Debian packages.
type root struct {
	name     string
	packages []string
	// on is the root that packages are installed into; nil is an empty one.
	on *step
	// bare roots hold what is in the packages and no more: nothing of theirs
	// has been run.
	bare bool
	// drop are patterns of [path.Match] for what is left out, with all that is
	// below.
	drop []string
}

// debian is the root that others are made on: what is essential, and apt.
// That /usr is merged is asked for by name, as the package which would see to
// that for want of it brings all of Perl along.
var debian = root{name: "debian", packages: []string{"?essential", "apt", "usr-is-merged"}}

// unwanted is left out of every root: what belongs to the machine that makes
// it, what needs devices, and what is read by nobody.
var unwanted = []string{
	"dev/*", "etc/hostname", "etc/resolv.conf", "var/cache/*",
	"usr/share/doc/*", "usr/share/info/*", "usr/share/lintian/*", "usr/share/locale/*", "usr/share/man/*",
}

// debianRoot returns the step that makes a root, as a tar file.
func debianRoot(r root) *step {
	variant := "custom" // no packages but these
	if r.bare {
		variant = "extract"
	}
	args := []string{"--variant=" + variant, "--format=tar", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"}
	for _, name := range slices.Sorted(slices.Values(r.packages)) {
		args = append(args, "--include="+name)
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
		return j.keepTar(ctx, cmd, drop)
	}
	return s
}

// keepTar makes the step's entry of the tar file that a command writes, but for
// what it drops.
func (j *job) keepTar(ctx context.Context, cmd *exec.Cmd, drop []string) error {
	return writeTar(j.out, func(w *tar.Writer) error {
		return j.eachEntryOf(ctx, cmd, func(header *tar.Header, content io.Reader) error {
			if matches(drop, header.Name) {
				return nil
			}
			return writeEntry(w, header, content)
		})
	})
}

// eachEntryOf calls do with every entry of the tar file that a command writes.
func (j *job) eachEntryOf(ctx context.Context, cmd *exec.Cmd, do func(header *tar.Header, content io.Reader) error) error {
	read, write := io.Pipe()
	cmd.Stdout = write
	ran := make(chan error, 1)
	go func() {
		err := j.do(ctx, cmd)
		write.CloseWithError(err) // what the reader then finds, too
		ran <- err
	}()
	err := eachEntry(read, do)
	if err == nil {
		// The command may pad its file after the end.
		_, err = io.Copy(io.Discard, read)
	}
	_ = read.Close() // so that the command does not block on what nobody reads
	if failed := <-ran; failed != nil && err == nil {
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
