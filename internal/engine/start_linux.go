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

	"golang.org/x/sys/unix"

	"podlab/internal/state"
)

const (
	// startTimeout bounds the start of a dockerd, which takes long if it has many
	// containers.
	startTimeout = 60 * time.Second
	// stopTimeout bounds the stop of a dockerd, which gives each container 15 s.
	stopTimeout = 30 * time.Second
	// pollInterval is the time between two attempts to reach a socket: no event
	// reports that a process listens on a socket.
	pollInterval = 20 * time.Millisecond
)

// Start starts the daemon if it does not run, and waits until its API answers.
// Concurrent calls start one daemon.
func (d *Daemon) Start(ctx context.Context) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return d.start(ctx)
}

// start is Start for a caller that holds the lock.
func (d *Daemon) start(ctx context.Context) error {
	if d.running() != nil {
		if err := d.awaitAPI(ctx, func() bool { return d.running() == nil }); err != nil {
			return fmt.Errorf("wait for podlab's own docker: %w", err)
		}
		return nil
	}
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if d.hasOwnBridge() {
		if err := addBridge(ownBridge); err != nil {
			return err
		}
	}
	before := dockerRules(ctx)
	if err := d.launch(ctx); err != nil {
		return err
	}
	return d.restoreRules(ctx, before)
}

// lock waits until no other podlab starts or stops this daemon, and excludes
// others until unlock.
func (d *Daemon) lock(ctx context.Context) (unlock func(), err error) {
	for _, dir := range []string{d.Root, d.Run} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			return nil, fmt.Errorf("create directory: %w", err)
		}
	}
	held, err := state.AwaitLockFile(ctx, filepath.Join(d.Root, "lock"))
	if err != nil {
		return nil, err
	}
	return func() { _ = held.Unlock() }, nil
}

// running returns the daemon's process, or nil if the daemon does not run.
func (d *Daemon) running() *os.Process {
	return findProcess(d.pidfile(), "dockerd", d.configArg())
}

func (d *Daemon) configArg() string { return "--config-file=" + d.config() }

// prepare removes what a killed daemon left behind, and writes the configuration
// for the next start.
func (d *Daemon) prepare(ctx context.Context) error {
	if err := os.Remove(d.pidfile()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("remove a stale pid file: %w", err)
	}
	// containerd exits after its dockerd, but may not have done so yet.
	if p := d.containerd(); p != nil {
		if err := stopProcess(ctx, p, stopTimeout); err != nil {
			return fmt.Errorf("stop the containerd of a killed dockerd: %w", err)
		}
	}
	// dockerd trusts this file, and would kill the process that has the pid now.
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
		if isServed(ctx, socket) {
			socket = filepath.Join(d.Run, "docker.sock")
		}
	}
	return d.configure(socket, runtime)
}

func (d *Daemon) containerdPidfile() string {
	return filepath.Join(d.execRoot(), "containerd", "containerd.pid")
}

// containerd returns the containerd that dockerd started, or nil.
func (d *Daemon) containerd() *os.Process {
	return findProcess(d.containerdPidfile(), "containerd", filepath.Join(d.execRoot(), "containerd", "containerd.toml"))
}

// launch starts dockerd and waits until its API answers. dockerd gets a session of
// its own, so it survives podlab and a Ctrl-C at podlab's terminal.
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
	// Without ctx, because the daemon outlives this process.
	cmd := exec.Command(program("dockerd"), d.configArg(), //nolint:noctx // see above
		// Another dockerd may use the same containerd, the system's. These are flags
		// because dockerd 20.10 does not read the second one from its configuration
		// file.
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
	err = d.awaitAPI(ctx, func() bool {
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
	case <-time.After(stopTimeout):
		_ = cmd.Process.Kill()
		<-exited
	}
	output, _ := io.ReadAll(io.NewSectionReader(log, from, 1<<20))
	return fmt.Errorf("start dockerd: %w (%s)%s", err, cmd.ProcessState, lastLines(d.Log(), string(output)))
}

// namespace returns the daemon's namespace in a containerd that it shares.
func (d *Daemon) namespace() string {
	return fmt.Sprintf("podlab-%.4x", sha256.Sum256([]byte(d.Root)))
}

// raiseFileLimit raises the limit of open files for the children of this process
// to the maximum, as docker's systemd unit does.
func raiseFileLimit() {
	var limit syscall.Rlimit
	if syscall.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		limit.Cur = limit.Max
		_ = syscall.Setrlimit(unix.RLIMIT_NOFILE, &limit)
	}
}

// awaitAPI waits until the API answers. It fails when exited reports that the
// daemon has exited.
func (d *Daemon) awaitAPI(ctx context.Context, exited func() bool) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("timed out after %s: its API does not answer", startTimeout))
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		// dockerd accepts connections long before it answers requests.
		if _, err := d.Engine(ctx); err == nil {
			return nil
		}
		if exited() {
			return errors.New("dockerd exited")
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// awaitServed waits until a process accepts connections on a unix socket.
func awaitServed(ctx context.Context, socket string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, fmt.Errorf("timed out after %s: no process listens on %s", startTimeout, socket))
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for !isServed(ctx, socket) {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-tick.C:
		}
	}
	return nil
}

// lastLines returns the last lines of a program's output or log, as the end of an
// error message. what names the output.
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
