package engine

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// hasBridge says whether the daemon runs on podlab's own bridge.
func (d *Daemon) hasBridge() bool {
	s, err := d.configured()
	return err == nil && s.Bridge == ownBridge
}

// addBridge makes a bridge of that name, unless there is one. dockerd gives it
// an address that is free.
func addBridge(name string) error {
	err := onBridge(name, unix.SIOCBRADDBR)
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("make bridge %s: %w", name, err)
	}
	return nil
}

// removeBridge removes the bridge of that name if there is one.
func removeBridge(name string) error {
	down := onBridge(name, unix.SIOCSIFFLAGS) // a new request has no flags, IFF_UP neither
	if errors.Is(down, unix.ENODEV) {
		return nil
	}
	if err := errors.Join(down, onBridge(name, unix.SIOCBRDELBR)); err != nil {
		return fmt.Errorf("remove bridge %s: %w", name, err)
	}
	return nil
}

// onBridge makes a request about an interface.
func onBridge(name string, request uint) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	about, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	return unix.IoctlIfreq(fd, request, about)
}
