package doctor

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"podlab/internal/engine"
	"podlab/internal/progress"
	"podlab/internal/state"
)

// Options are those of [Examine].
type Options struct {
	// Ports are those that clusters publish on this machine's loopback.
	Ports []int
	// Progress is told what takes time; nil says nothing.
	Progress progress.Reporter
}

// Examine looks at this machine and judges. It starts no engine.
func Examine(ctx context.Context, o Options) ([]Finding, error) {
	f, err := Look(ctx, o)
	if err != nil {
		return nil, err
	}
	return Check(f), nil
}

// Look gathers the facts of this machine.
func Look(ctx context.Context, o Options) (*Facts, error) {
	status, err := engine.Survey(ctx, engine.Options{Progress: o.Progress})
	if err != nil {
		return nil, err
	}
	f := &Facts{
		OS: runtime.GOOS, Root: os.DirFS("/"), Getenv: os.Getenv,
		Engine: status.Engine, Superuser: os.Geteuid() == 0,
		Programs: make(map[string]string),
	}
	root := status.Own.Root
	if f.Engine != nil {
		root = f.Engine.Root
	} else {
		f.None = status.None
	}
	for _, program := range []string{"go", "mmdebstrap"} {
		f.Programs[program], _ = exec.LookPath(program)
	}
	if f.linux() {
		f.addDisk("engine", root)
	}
	if cache, err := state.Cache(); err == nil {
		f.addDisk("cache", cache)
	}
	for _, number := range o.Ports {
		f.Ports = append(f.Ports, lookAtPort(ctx, f.Engine, number))
	}
	return f, nil
}

// addDisk measures where path is, or will be made.
func (f *Facts) addDisk(use, path string) {
	var s unix.Statfs_t
	for at := path; ; at = filepath.Dir(at) {
		err := unix.Statfs(at, &s)
		if err == nil {
			f.Disks = append(f.Disks, Disk{Use: use, Path: path, Free: s.Bavail * uint64(s.Bsize)})
		}
		if !errors.Is(err, unix.ENOENT) || at == filepath.Dir(at) {
			return
		}
	}
}

// lookAtPort tries to listen, and asks the engine who does when it can't.
func lookAtPort(ctx context.Context, e *engine.Engine, number int) Port {
	p := Port{Number: number}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:"+strconv.Itoa(number))
	if err == nil {
		_ = l.Close()
		return p
	}
	p.Busy = err
	if syscall, ok := errors.AsType[*os.SyscallError](err); ok {
		p.Busy = syscall.Err
	}
	if e == nil {
		return p
	}
	out, err := e.Output(ctx, "ps", "--filter", "publish="+strconv.Itoa(number), "--format", `{{.Names}} {{.Label "io.x-k8s.kind.cluster"}}`)
	if err == nil {
		p.Container, p.Cluster, _ = strings.Cut(strings.TrimSpace(string(out)), " ")
	}
	return p
}
