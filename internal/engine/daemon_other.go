//go:build !linux

package engine

import (
	"context"
	"errors"
	"os"
)

// errNotLinux says that a dockerd runs on Linux only.
var errNotLinux = errors.New("podlab starts an engine of its own on Linux only")

// Start brings the daemon up: on Linux.
func (d *Daemon) Start(context.Context) error { return errNotLinux }

// Stop stops the daemon: on Linux.
func (d *Daemon) Stop(context.Context) error { return errNotLinux }

// Purge removes all that the daemon has kept: on Linux.
func (d *Daemon) Purge(context.Context) error { return errNotLinux }

func (d *Daemon) running() *os.Process { return nil }

func (d *Daemon) leftover() bool { return false }

func (f *finder) advice() string {
	if chosen := f.chosen(); chosen != "" {
		return "mend that one, or unset it to let podlab look elsewhere: " + chosen
	}
	return "install Docker Desktop, OrbStack or Colima, start it, and try again"
}

func (f *finder) obtain(_ context.Context, tried []Attempt) (*Engine, error) {
	return nil, &NoneError{Tried: tried, Advice: f.advice()}
}
