package engine

import (
	"context"
	"errors"

	"podlab/internal/progress"
)

// A Status says how things stand.
type Status struct {
	// Engine is the one that would be used; nil when none is usable.
	Engine *Engine
	// None is why, when it is nil.
	None *NoneError
	// Own is podlab's own daemon, whether it is used or not.
	Own OwnStatus
}

// An OwnStatus is that of a [Daemon].
type OwnStatus struct {
	// PID is that of dockerd, 0 when it does not run.
	PID int
	// Socket is where it serves the API; "" when it does not run.
	Socket string
	// Root and Log are where it keeps its data and its log.
	Root, Log string
}

// Survey looks around without starting or changing anything, except that it
// may try a privileged container in an engine that it has not seen before.
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

// Status says whether the daemon runs, and where.
func (d *Daemon) Status() OwnStatus {
	s := OwnStatus{Root: d.Root, Log: d.Log()}
	if p := d.running(); p != nil {
		s.PID = p.Pid
		s.Socket, _ = d.Address()
	}
	return s
}

// DownOptions are those of [Down].
type DownOptions struct {
	// Purge removes all that the daemon has kept, too: images, containers, logs.
	Purge bool
	// Progress is told what takes time; nil says nothing.
	Progress progress.Reporter
	// Daemon is the one to stop; nil is [Default].
	Daemon *Daemon
}

// Down stops the daemon that [Up] has started, and no other. It says whether
// there was one that ran.
func Down(ctx context.Context, o DownOptions) (stopped bool, err error) {
	f := newFinder(Options{Progress: o.Progress, Daemon: o.Daemon})
	stopped = f.daemon.running() != nil
	if !stopped && !o.Purge && !f.daemon.leftover() {
		return false, nil
	}
	step := f.progress.Begin("stop podlab's own docker", 0)
	defer func() { step.End(err) }()
	if o.Purge {
		return stopped, f.daemon.Purge(ctx)
	}
	return stopped, f.daemon.Stop(ctx)
}
