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

	"github.com/moby/sys/capability"
	"golang.org/x/sys/unix"

	"podlab/internal/engine"
	"podlab/internal/progress"
	"podlab/internal/state"
)

// Options configure [Examine].
type Options struct {
	// Ports are the ports that clusters publish on this machine's loopback.
	Ports []int
	// Progress shows steps that take time. If it is nil, Examine shows nothing.
	Progress progress.Reporter
}

// Examine checks this machine. It does not start an engine.
func Examine(ctx context.Context, o Options) ([]Finding, error) {
	f, err := gather(ctx, o)
	if err != nil {
		return nil, err
	}
	return Check(f), nil
}

// gather returns the facts about this machine.
func gather(ctx context.Context, o Options) (*Facts, error) {
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
	if bound, err := capability.GetBound(capability.CAP_SYS_RESOURCE); err == nil {
		f.LacksSysResource = !bound
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
		f.Ports = append(f.Ports, checkPort(ctx, f.Engine, number))
	}
	return f, nil
}

// addDisk adds the file system of path. If path does not exist, that is the file
// system of its closest parent that does.
func (f *Facts) addDisk(use, path string) {
	var s unix.Statfs_t
	for dir := path; ; dir = filepath.Dir(dir) {
		err := unix.Statfs(dir, &s)
		if err == nil {
			f.Disks = append(f.Disks, Disk{Use: use, Path: path, Free: s.Bavail * uint64(s.Bsize)})
		}
		if !errors.Is(err, unix.ENOENT) || dir == filepath.Dir(dir) {
			return
		}
	}
}

// checkPort tries to listen on a port. If that fails, it asks the engine which
// container publishes the port.
func checkPort(ctx context.Context, e *engine.Engine, number int) Port {
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
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		p.Container, p.Cluster, _ = strings.Cut(first, " ")
	}
	return p
}
