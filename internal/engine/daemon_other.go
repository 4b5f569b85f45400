//go:build !linux

package engine

import (
	"context"
	"errors"
	"os"
)

// errNotLinux says that dockerd runs only on Linux.
var errNotLinux = errors.New("podlab can start its own engine only on Linux")

// Start starts the daemon. It works only on Linux.
func (d *Daemon) Start(context.Context) error { return errNotLinux }

// Stop stops the daemon. It works only on Linux.
func (d *Daemon) Stop(context.Context) error { return errNotLinux }

// Purge removes the daemon with its data. It works only on Linux.
func (d *Daemon) Purge(context.Context) error { return errNotLinux }

func (d *Daemon) running() *os.Process { return nil }

func (d *Daemon) hasLeftovers() bool { return false }

func (f *finder) advice() string {
	if chosen := f.chosen(); chosen != "" {
		return chosenAdvice(chosen)
	}
	return "install Docker Desktop, OrbStack or Colima, start it, and try again"
}

func (f *finder) startEngine(_ context.Context, tried []Attempt) (*Engine, error) {
	return nil, &NoneError{Tried: tried, Advice: f.advice()}
}
