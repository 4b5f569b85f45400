package engine

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// hasOwnBridge reports whether the daemon's last start used podlab's own bridge.
func (d *Daemon) hasOwnBridge() bool {
	s, err := d.settings()
	return err == nil && s.Bridge == ownBridge
}

// addBridge creates the bridge unless it exists. dockerd gives it a free address.
func addBridge(name string) error {
	err := bridgeIoctl(name, unix.SIOCBRADDBR)
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("create bridge %s: %w", name, err)
	}
	return nil
}

// removeBridge removes the bridge if it exists.
func removeBridge(name string) error {
	down := bridgeIoctl(name, unix.SIOCSIFFLAGS) // the request has no flags, so IFF_UP is cleared
	if errors.Is(down, unix.ENODEV) {
		return nil
	}
	if err := errors.Join(down, bridgeIoctl(name, unix.SIOCBRDELBR)); err != nil {
		return fmt.Errorf("remove bridge %s: %w", name, err)
	}
	return nil
}

// bridgeIoctl sends the kernel a request about a bridge.
func bridgeIoctl(name string, request uint) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	ifreq, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	return unix.IoctlIfreq(fd, request, ifreq)
}
