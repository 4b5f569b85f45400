package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// Stop stops the daemon, its containers with it; one that does not run is
// stopped already. What it keeps on disk stays.
func (d *Daemon) Stop(ctx context.Context) error {
	unlock, err := d.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return d.stop(ctx)
}

// Purge stops the daemon and removes all that it has kept: images, containers,
// logs.
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
		// What is mounted there was forgotten by a daemon that was killed.
		for _, mount := range mountsBelow(dir) {
			if err := unix.Unmount(mount, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW); err != nil {
				return fmt.Errorf("unmount %s: %w", mount, err)
			}
		}
		if err := os.RemoveAll(dir); err != nil {
			return fmt.Errorf("purge %s: %w", dir, err)
		}
	}
	return nil
}

func (d *Daemon) stop(ctx context.Context) error {
	if d.leftover() {
		// Only the next one knows the containers; if that can't start, no more
		// can be done than to end containerd.
		_ = d.start(ctx)
	}
	for _, p := range []*os.Process{d.running(), d.containerd()} {
		if p == nil {
			continue
		}
		if err := end(ctx, p, stopPatience); err != nil {
			return fmt.Errorf("stop podlab's own docker: %w", err)
		}
	}
	if d.hasBridge() {
		return removeBridge(ownBridge)
	}
	return nil
}

// leftover says whether a daemon that was killed hard has left containers
// behind.
func (d *Daemon) leftover() bool {
	return d.running() == nil && (d.containerd() != nil || len(mountsBelow(d.data())) > 0)
}

// mountsBelow returns the mount points below dir, the deepest first.
func mountsBelow(dir string) []string {
	info, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil
	}
	var below []string
	for line := range strings.Lines(string(info)) {
		// Fields of proc_pid_mountinfo(5); the fifth is the mount point.
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], dir+"/") {
			below = append(below, fields[4])
		}
	}
	slices.Reverse(below)
	return below
}
