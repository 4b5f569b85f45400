package recipe

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"

	"podlab/internal/image/graph"
)

// A source is a Go module below images/ whose commands are compiled.
type source struct {
	// dir is the directory below images/. The commands are the tools in its
	// go.mod or, if the directory has Go files, the directory's own package.
	dir string
	// module is the path of the required module that the version is read from.
	module string
	// set returns the string variables that the linker sets for a version.
	set func(version string) map[string]string
	// tags are build tags.
	tags []string
}

// buildFlags are the same for all components, so that they share Go's build
// cache. Linking with -s drops DWARF anyway; compiling without it takes a
// quarter less time.
var buildFlags = []string{"-mod=readonly", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"}

var errNoGo = errors.New("building images from packages needs Go 1.26 or newer on the PATH: install it (https://go.dev/dl), or use images from a registry")

// Toolchain identifies the installed Go toolchain: everything about it that
// decides what it makes of the same sources.
func Toolchain(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOEXPERIMENT", "GOAMD64", "GOARM64")
	cmd.Dir = os.TempDir() // has no go.mod that could choose another toolchain
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errNoGo
	}
	if err != nil {
		return "", fmt.Errorf("get the version of go: %w", err)
	}
	return string(out), nil
}

// compile returns the step that compiles a source's commands into a directory.
// The step needs another one, which downloads the modules.
func (p *planner) compile(s source, version string) (*graph.Step, error) {
	files, err := readTree(p.sources, path.Join("images", s.dir))
	if err != nil {
		return nil, err
	}
	args := goArgs(s, version, files)
	recipe := []string{p.toolchain, runtime.GOARCH, strings.Join(args, "\n"), files.hash()}
	download := &graph.Step{Name: "download " + s.dir, Uses: network, Recipe: recipe}
	download.Run = func(ctx context.Context, j *graph.Job) error {
		// go list downloads only the modules of the packages that it loads.
		if err := runGo(ctx, j, files, append([]string{"list", "-deps", "-f", ""}, args...)); err != nil {
			return err
		}
		return os.WriteFile(j.Out, nil, 0o600)
	}
	compile := &graph.Step{Name: "compile " + s.dir, Uses: compiler, Recipe: recipe, Needs: []*graph.Step{download}}
	compile.Run = func(ctx context.Context, j *graph.Job) error {
		if err := os.Mkdir(j.Out, 0o755); err != nil {
			return err
		}
		return runGo(ctx, j, files, append([]string{"build", "-v", "-o", j.Out + "/"}, args...))
	}
	return compile, nil
}

// goArgs are the flags and packages that go list and go build share.
func goArgs(s source, version string, files tree) []string {
	ldflags := []string{"-s", "-w"}
	if s.set != nil {
		set := s.set(version)
		for _, name := range sortedKeys(set) {
			ldflags = append(ldflags, "-X", name+"="+set[name])
		}
	}
	args := append([]string{}, buildFlags...)
	args = append(args, "-tags="+strings.Join(s.tags, ","), "-ldflags="+strings.Join(ldflags, " "))
	for name := range files {
		if strings.HasSuffix(name, ".go") {
			return append(args, ".")
		}
	}
	return append(args, "tool")
}

// runGo runs go in a directory with these files.
func runGo(ctx context.Context, j *graph.Job, files tree, args []string) error {
	dir := filepath.Join(j.Tmp, "src")
	if err := files.write(dir); err != nil {
		return err
	}
	cmd := j.Command(ctx, "go", args...)
	cmd.Dir = dir
	// An empty GOFLAGS would mean the value that "go env -w" has saved.
	cmd.Env = append(cmd.Env, "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH, "GOWORK=off", "GOFLAGS=-mod=readonly")
	return j.Run(ctx, cmd)
}
