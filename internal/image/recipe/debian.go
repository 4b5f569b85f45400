package recipe

import (
	"context"
	"fmt"
	"runtime"
	"slices"

	"podlab/internal/image/graph"
	"podlab/internal/image/oci"
)

// suite is the release of Debian.
const suite = "bookworm"

// A root is a file system made of Debian packages.
type root struct {
	name     string
	packages []string
	// on makes the root that the packages are installed into; nil is an empty
	// one.
	on *graph.Step
	// bare roots hold the packages' files only: no scripts are run.
	bare bool
	// drop lists patterns of [path.Match] for files and directories to leave
	// out.
	drop []string
}

// debian is the root that others build on: the essential packages and apt.
// usr-is-merged is named because mmdebstrap would otherwise choose usrmerge,
// which depends on all of Perl.
var debian = root{name: "debian", packages: []string{"?essential", "apt", "usr-is-merged"}}

// unwanted is left out of every root: files of the building machine, devices,
// and files that nobody reads.
var unwanted = []string{
	"dev/*", "etc/hostname", "etc/resolv.conf", "var/cache/*",
	"usr/share/doc/*", "usr/share/info/*", "usr/share/lintian/*", "usr/share/locale/*", "usr/share/man/*",
}

// step returns the step that makes the root, as a tar file.
func (r root) step() *graph.Step {
	variant := "custom" // no packages but these
	if r.bare {
		variant = "extract"
	}
	args := []string{"--variant=" + variant, "--format=tar", "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr"}
	for _, name := range slices.Sorted(slices.Values(r.packages)) {
		args = append(args, "--include="+name)
	}
	drop := slices.Concat(unwanted, r.drop)
	s := &graph.Step{Name: "unpack " + r.name, Uses: unpacker, Recipe: slices.Concat(args, drop, []string{suite, runtime.GOARCH})}
	if r.on != nil {
		s.Needs = []*graph.Step{r.on}
	}
	s.Run = func(ctx context.Context, j *graph.Job) error {
		run := slices.Clone(args)
		if r.on != nil {
			run = append(run, fmt.Sprintf(`--setup-hook=tar -C "$1" -xf '%s'`, j.In(r.on)))
		}
		cmd := j.Command(ctx, "mmdebstrap", append(run, suite, "-")...)
		withOwnMounts(cmd)
		cmd.Env = append(cmd.Env, fmt.Sprintf("SOURCE_DATE_EPOCH=%d", oci.Epoch.Unix()))
		return keepTar(ctx, j, cmd, drop)
	}
	return s
}
