package recipe

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"podlab/internal/image/graph"
)

const (
	// dialInterval is how often [daemon.await] tries to connect.
	dialInterval = 10 * time.Millisecond
	// startTimeout bounds containerd's start.
	startTimeout = 30 * time.Second
)

// A daemon is a containerd that runs during a job.
type daemon struct {
	socket string
	cmd    *exec.Cmd
	run    string
	// ended is closed when the process has ended, with the error err.
	ended chan struct{}
	err   error
}

// startContainerd starts a containerd that stores images in dir but runs no
// containers. It returns once containerd accepts connections.
func startContainerd(ctx context.Context, j *graph.Job, binary, dir string) (_ *daemon, err error) {
	// The path of a socket must be short, so this is not below j.Tmp.
	run, err := os.MkdirTemp("", "podlab-")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(run, "config.toml")
	socket := filepath.Join(run, "s")
	if err := os.WriteFile(config, fmt.Appendf(nil, containerdSettings, dir, filepath.Join(run, "state"), socket, os.Getuid(), os.Getgid()), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(run))
	}
	cmd := j.Command(ctx, binary, "--config", config)
	withOwnMounts(cmd)
	d := &daemon{socket: socket, cmd: cmd, run: run, ended: make(chan struct{})}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start containerd: %w", err), os.RemoveAll(run))
	}
	go func() { d.err = cmd.Wait(); close(d.ended) }()
	if err := d.await(ctx); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	return d, nil
}

// containerdSettings disable the plugins that run containers or need root.
const containerdSettings = `version = 3
root = %q
state = %q
disabled_plugins = [
  "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt",
  "io.containerd.nri.v1.nri", "io.containerd.podsandbox.controller.v1.podsandbox", "io.containerd.runtime.v2.task",
]
[grpc]
address = %q
uid = %[4]d
gid = %[5]d
[ttrpc]
uid = %[4]d
gid = %[5]d
`

// await waits until the socket accepts connections. There is no event to wait
// for: containerd only notifies systemd.
func (d *daemon) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("no connection within %s", startTimeout))
	defer cancel()
	tick := time.NewTicker(dialInterval)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", d.socket)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-d.ended:
			return errors.New("start containerd: it exited")
		case <-ctx.Done():
			return fmt.Errorf("start containerd: %w", context.Cause(ctx))
		}
	}
}

// stop ends containerd, which then has written everything to its files.
func (d *daemon) stop() error {
	_ = d.cmd.Cancel() // fails if containerd has ended
	<-d.ended
	err := d.err
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && !exit.Exited() {
		err = nil // ended by the signal
	}
	return errors.Join(err, os.RemoveAll(d.run))
}
