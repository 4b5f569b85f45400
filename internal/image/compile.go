package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// A component is a Go module below images/ whose commands are compiled.
type component struct {
	// dir is the module's directory in the sources. Its packages are those
	// that its go.mod names as tools or, if it has Go files, itself.
	dir string
	// set are string variables that the linker sets.
	set map[string]string
	// tags are build tags.
	tags []string
}

// buildFlags decide whether Go finds again in its cache what it has compiled
// before, for any module: all components are built with the same.
//
// Without DWARF, which -s would leave out of the result anyway, compiling
// takes a quarter less.
var buildFlags = []string{"-mod=readonly", "-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"}

// errNoGo says what to do.
var errNoGo = errors.New("building images from packages takes Go 1.26 or newer on the PATH: install it (https://go.dev/dl), or use images from a registry")

// goVersion describes everything about the Go toolchain that decides what it
// makes of the same sources.
func goVersion(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOEXPERIMENT", "GOAMD64", "GOARM64")
	cmd.Dir = os.TempDir() // no go.mod there that would name another toolchain
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		return "", errNoGo
	}
	if err != nil {
		return "", fmt.Errorf("ask go for its version: %w", err)
	}
	return string(out), nil
}

// compile returns the steps that download what a component's commands are made
// of, and compile them into a directory.
func (p *planner) compile(c component) (*step, error) {
	files, err := readTree(p.sources, c.dir)
	if err != nil {
		return nil, err
	}
	args := goArgs(c, files)
	name := path.Base(c.dir)
	recipe := []string{p.goVersion, runtime.GOARCH, strings.Join(args, "\n"), files.hash()}
	download := &step{name: "download " + name, uses: network, recipe: recipe}
	download.run = func(ctx context.Context, j *job) error {
		// Loading the packages downloads just the modules that hold them.
		if err := j.goTool(ctx, files, append([]string{"list", "-deps", "-f", ""}, args...)); err != nil {
			return err
		}
		return os.WriteFile(j.out, nil, 0o600)
	}
	compile := &step{name: "compile " + name, uses: compiler, recipe: recipe, needs: []*step{download}}
	compile.run = func(ctx context.Context, j *job) error {
		if err := os.Mkdir(j.out, 0o755); err != nil {
			return err
		}
		return j.goTool(ctx, files, append([]string{"build", "-v", "-o", j.out + "/"}, args...))
	}
	return compile, nil
}

// goArgs are the flags and packages that go list and go build share.
func goArgs(c component, files tree) []string {
	ldflags := []string{"-s", "-w"}
	for _, name := range sortedKeys(c.set) {
		ldflags = append(ldflags, "-X", name+"="+c.set[name])
	}
	args := append([]string{}, buildFlags...)
	args = append(args, "-tags="+strings.Join(c.tags, ","), "-ldflags="+strings.Join(ldflags, " "))
	for name := range files {
		if strings.HasSuffix(name, ".go") {
			return append(args, ".")
		}
	}
	return append(args, "tool")
}

// goTool runs go in a directory with these files.
func (j *job) goTool(ctx context.Context, files tree, args []string) error {
	src := filepath.Join(j.tmp, "src")
	if err := files.write(src); err != nil {
		return err
	}
	cmd := j.command(ctx, "go", args...)
	cmd.Dir = src
	// GOFLAGS is set rather than emptied, as empty would mean the value that
	// "go env -w" has written.
	cmd.Env = append(cmd.Env, "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+runtime.GOARCH, "GOWORK=off", "GOFLAGS=-mod=readonly")
	return j.do(ctx, cmd)
}

// version returns the version of a module that a component requires.
func (p *planner) version(dir, module string) (string, error) {
	name := path.Join(dir, "go.mod")
	data, err := fs.ReadFile(p.sources, name)
	if err != nil {
		return "", fmt.Errorf("read version of %s: %w", module, err)
	}
	for line := range bytes.Lines(data) {
		fields := strings.Fields(strings.TrimPrefix(string(line), "require "))
		if len(fields) >= 2 && fields[0] == module && strings.HasPrefix(fields[1], "v") {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("read version of %s: %s does not require it", module, name)
}
