package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

const (
	// startTimeout is how long a dockerd may take until it answers. With many
	// containers to look after from before, it takes its time.
	startTimeout = 60 * time.Second
	// stopPatience is how long a dockerd may take to stop its containers; it
	// gives each of them 15 s.
	stopPatience = 30 * time.Second
)

// Start brings the daemon up, unless it is up already, and waits until its API
// answers. Two starts at once become one.
func (d *Daemon) Start(ctx context.Context) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if d.running() != nil {
		return d.wait(ctx, nil)
	}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	return d.launch(ctx)
}

// lock keeps other podlabs from starting or stopping this daemon meanwhile.
func (d *Daemon) lock(ctx context.Context) (unlock func(), err error) {
	for _, dir := range []string{d.Root, d.Run} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return nil, fmt.Errorf("make directory: %w", err)
		}
	}
	l := flock.New(filepath.Join(d.Root, "lock"))
	if _, err := l.TryLockContext(ctx, 50*time.Millisecond); err != nil {
		return nil, fmt.Errorf("lock %s: %w", l.Path(), err)
	}
	return func() { _ = l.Unlock() }, nil
}

// running returns the daemon's process, nil if it does not run.
func (d *Daemon) running() *os.Process {
	return process(d.pidfile(), "dockerd", d.configArg())
}

func (d *Daemon) configArg() string { return "--config-file=" + d.config() }

// prepare clears away what a daemon that was killed hard has left, and writes
// the configuration of the next.
func (d *Daemon) prepare(ctx context.Context) error {
	if err := os.Remove(d.pidfile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove a stale pid file: %w", err)
	}
	if d.containerd() == nil {
		// dockerd believes in this file, and would kill whoever has that pid now.
		_ = os.Remove(d.containerdPidfile())
	}
	runtime, err := d.runtime()
	if err != nil {
		return err
	}
	socket := d.Socket
	if socket == "" {
		socket = standardSocket
		if served(ctx, socket) {
			socket = filepath.Join(d.Run, "docker.sock")
		}
	}
	return d.configure(socket, runtime)
}

func (d *Daemon) containerdPidfile() string {
	return filepath.Join(d.execRoot(), "containerd", "containerd.pid")
}

// containerd returns the containerd that dockerd has started, nil if there is
// none: it outlives a dockerd that was killed hard.
func (d *Daemon) containerd() *os.Process {
	return process(d.containerdPidfile(), "containerd", filepath.Join(d.execRoot(), "containerd", "containerd.toml"))
}

// launch starts dockerd in a session of its own, so that neither the end of
// podlab nor a Ctrl-C at its terminal reaches it.
func (d *Daemon) launch(ctx context.Context) error {
	log, err := os.OpenFile(d.Log(), os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	defer log.Close() //nolint:errcheck // the daemon writes it
	before, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	// Not bound to ctx, which ends with this command.
	cmd := exec.Command("dockerd", d.configArg(), //nolint:gosec,noctx // the argument is a path of ours
		// A containerd of the system's may be in use by another dockerd. dockerd
		// 20.10 takes the second of these from no configuration file.
		"--containerd-namespace=podlab", "--containerd-plugins-namespace=podlab-plugins")
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/local/sbin:/usr/sbin:/sbin")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	raiseFileLimit()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start dockerd: %w", err)
	}
	exit := make(chan error, 1)
	go func() { exit <- cmd.Wait() }()
	err = d.wait(ctx, exit)
	if err == nil {
		return nil
	}
	if stop := end(context.WithoutCancel(ctx), cmd.Process, stopPatience); stop != nil {
		err = errors.Join(err, stop)
	}
	return fmt.Errorf("start dockerd: %w%s", err, tail(log, before))
}

// raiseFileLimit gives the children of this process as many open files as they
// may have, which is what docker's own unit does.
func raiseFileLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		_ = syscall.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	}
}

// wait returns when the API answers, or when the daemon has exited before it
// did. Nothing tells that a socket is being listened on, so it is tried.
func (d *Daemon) wait(ctx context.Context, exit <-chan error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("no answer on its socket within %s", startTimeout))
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		// The daemon takes connections long before it answers.
		if err := d.ping(ctx); err == nil {
			return nil
		}
		select {
		case err := <-exit:
			return fmt.Errorf("it ended at once: %w", err)
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// tail returns the last lines that were written to a log from an offset on.
func tail(log *os.File, from int64) string {
	text, err := io.ReadAll(io.NewSectionReader(log, from, 1<<20))
	if err != nil || len(text) == 0 {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return "\n" + log.Name() + " ends with:\n" + strings.Join(lines[max(0, len(lines)-10):], "\n")
}
