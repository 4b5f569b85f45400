package engine

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/moby/sys/mountinfo"
	"golang.org/x/sys/unix"
)

// Stop stops the daemon and its containers if it runs. It keeps the data.
func (d *Daemon) Stop(ctx context.Context) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return d.stop(ctx)
}

// Purge stops the daemon and removes its data: images, containers, logs.
func (d *Daemon) Purge(ctx context.Context) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := d.stop(ctx); err != nil {
		return err
	}
	for _, dir := range []string{d.Run, d.Root} {
		// A killed daemon leaves its mounts behind.
		mounts, err := mountsBelow(dir)
		if err != nil {
			return err
		}
		for _, mount := range mounts {
			if err := unix.Unmount(mount, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
				return fmt.Errorf("unmount %s: %w", mount, err)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("remove %s: %w", dir, err)
		}
	}
	return nil
}

// stop is Stop for a caller that holds the lock.
func (d *Daemon) stop(ctx context.Context) error {
	if d.hasLeftovers() {
		// Start a new daemon, because only a daemon can stop the containers. If it
		// can't start, podlab still stops containerd.
		_ = d.start(ctx)
	}
	for _, p := range []*os.Process{d.running(), d.containerd()} {
		if p == nil {
			continue
		}
		if err := stopProcess(ctx, p, stopTimeout); err != nil {
			return fmt.Errorf("stop podlab's own docker: %w", err)
		}
	}
	if d.hasOwnBridge() {
		return removeBridge(ownBridge)
	}
	return nil
}

// hasLeftovers reports whether a killed daemon left containers behind.
func (d *Daemon) hasLeftovers() bool {
	if d.running() != nil {
		return false
	}
	mounts, err := mountsBelow(d.data())
	return d.containerd() != nil || err == nil && len(mounts) > 0
}

// mountsBelow returns the mount points below dir, the last mounted first.
func mountsBelow(dir string) ([]string, error) {
	mounts, err := mountinfo.GetMounts(mountinfo.PrefixFilter(dir))
	if err != nil {
		return nil, fmt.Errorf("list mounts below %s: %w", dir, err)
	}
	var below []string
	for _, mount := range mounts {
		if mount.Mountpoint != dir {
			below = append(below, mount.Mountpoint)
		}
	}
	slices.Reverse(below)
	return below, nil
}
