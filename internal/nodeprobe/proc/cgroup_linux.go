package proc

import (
	"os"

	"golang.org/x/sys/unix"
)

// CgroupVersion returns 2 if /sys/fs/cgroup is the unified hierarchy, else 1.
func CgroupVersion() (int, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs("/sys/fs/cgroup", &fs); err != nil {
		return 0, os.NewSyscallError("statfs /sys/fs/cgroup", err)
	}
	if fs.Type == unix.CGROUP2_SUPER_MAGIC {
		return 2, nil
	}
	return 1, nil
}
