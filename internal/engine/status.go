package engine

import (
	"context"
	"errors"

	"podlab/internal/progress"
)

// A Status describes podlab's engine.
type Status struct {
	// Engine is the engine that podlab would use, or nil if none is usable.
	Engine *Engine
	// None is the reason if Engine is nil.
	None *NoneError
	// Own is the status of podlab's own daemon, even if podlab would use another
	// engine.
	Own OwnStatus
}

// An OwnStatus is the status of a [Daemon].
type OwnStatus struct {
	// PID is the pid of dockerd, or 0 if it does not run.
	PID int
	// Socket is the path of the API's socket, or "" if dockerd does not run.
	Socket string
	// Root and Log are the paths of the data directory and of the log.
	Root, Log string
}

// Survey returns the status without starting or changing an engine. It may run a
// privileged container in an engine that [Find] has not checked before.
func Survey(ctx context.Context, o Options) (*Status, error) {
	o.Start = false
	f := newFinder(o)
	s := &Status{Own: f.daemon.Status()}
	var err error
	if s.Engine, err = Find(ctx, o); errors.As(err, &s.None) {
		return s, nil
	}
	return s, err
}

// Status returns the daemon's status.
func (d *Daemon) Status() OwnStatus {
	s := OwnStatus{Root: d.Root, Log: d.Log()}
	if p := d.running(); p != nil {
		s.PID = p.Pid
		s.Socket, _ = d.Address()
	}
	return s
}

// DownOptions configure [Down].
type DownOptions struct {
	// Purge also removes the daemon's data: images, containers, logs.
	Purge bool
	// Progress shows steps that take time. If it is nil, Down shows nothing.
	Progress progress.Reporter
	// Daemon is the daemon to stop. If it is nil, Down uses [Default].
	Daemon *Daemon
}

// Down stops the daemon that [Find] started, and no other engine. stopped reports
// whether the daemon was running.
func Down(ctx context.Context, o DownOptions) (stopped bool, err error) {
	f := newFinder(Options{Progress: o.Progress, Daemon: o.Daemon})
	stopped = f.daemon.running() != nil
	if !stopped && !o.Purge && !f.daemon.hasLeftovers() {
		return false, nil
	}
	step := f.progress.Begin("stop podlab's own docker", 0)
	defer func() { step.End(err) }()
	if o.Purge {
		return stopped, f.daemon.Purge(ctx)
	}
	return stopped, f.daemon.Stop(ctx)
}
