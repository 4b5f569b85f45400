package engine

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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
	pollInterval = 20 * time.Millisecond
)

// Start brings the daemon up, unless it is up already, and waits until its API
// answers. Two starts at once become one.
func (d *Daemon) Start(ctx context.Context) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return d.start(ctx)
}

// start is Start for who holds the lock.
func (d *Daemon) start(ctx context.Context) error {
	if d.running() != nil {
		if err := d.wait(ctx, func() bool { return d.running() == nil }); err != nil {
			return fmt.Errorf("wait for podlab's own docker: %w", err)
		}
		return nil
	}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if d.hasBridge() {
		if err := addBridge(ownBridge); err != nil {
			return err
		}
	}
	before := rules(ctx)
	if err := d.launch(ctx); err != nil {
		return err
	}
	return d.putBack(ctx, before)
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
	// It is bound to die with its dockerd, but may be about to.
	if p := d.containerd(); p != nil {
		if err := end(ctx, p, stopPatience); err != nil {
			return fmt.Errorf("end a containerd that was left behind: %w", err)
		}
	}
	// dockerd believes in this file, and would kill whoever has that pid now.
	if err := os.Remove(d.containerdPidfile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove a stale pid file: %w", err)
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
// none.
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
	defer log.Close()
	from, err := log.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("open log: %w", err)
	}
	// Not bound to ctx, which ends with this command.
	cmd := exec.Command(program("dockerd"), d.configArg(), //nolint:noctx // see above
		// A containerd of the system's may be in use by another dockerd. dockerd
		// 20.10 takes the second of these from no configuration file.
		"--containerd-namespace="+d.namespace(), "--containerd-plugins-namespace="+d.namespace()+"-plugins")
	cmd.Dir = "/"
	cmd.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":"+strings.Join(sbin, ":"))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	raiseFileLimit()
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start dockerd: %w", err)
	}
	exited := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	err = d.wait(ctx, func() bool {
		select {
		case <-exited:
			return true
		default:
			return false
		}
	})
	if err == nil {
		return nil
	}
	_ = cmd.Process.Signal(unix.SIGTERM)
	select {
	case <-exited:
	case <-time.After(stopPatience):
		_ = cmd.Process.Kill()
		<-exited
	}
	said, _ := io.ReadAll(io.NewSectionReader(log, from, 1<<20))
	return fmt.Errorf("start dockerd: %w (%s)%s", err, cmd.ProcessState, lastLines(d.Log(), string(said)))
}

// namespace is the daemon's in a containerd that it shares with others.
func (d *Daemon) namespace() string {
	return fmt.Sprintf("podlab-%.4x", sha256.Sum256([]byte(d.Root)))
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

// wait returns when the API answers, or when the daemon is gone and never will.
// Nothing tells that a socket is being listened on, so it is tried.
func (d *Daemon) wait(ctx context.Context, gone func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("no answer on its socket within %s", startTimeout))
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		// It takes connections long before it answers.
		if _, err := d.Engine(ctx); err == nil {
			return nil
		}
		if gone() {
			return errors.New("it ended at once")
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// awaitServed waits until somebody answers on a unix socket.
func awaitServed(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("nobody serves %s within %s", socket, startTimeout))
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for !served(ctx, socket) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
	return nil
}

// lastLines returns the last lines of what a program has said, as the end of
// an error.
func lastLines(what, text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return ""
	}
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(line string) bool {
		return strings.Contains(line, " level=info ")
	})
	return ": " + what + " ends with:\n" + strings.Join(lines[max(0, len(lines)-10):], "\n")
}
