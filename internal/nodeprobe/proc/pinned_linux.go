package proc

import (
	"errors"

	"golang.org/x/sys/unix"
)

// PinnedNamespace returns the inode of the namespace that is mounted at a path, 0
// if none is. An unmounted namespace leaves an empty file. The result is nil if the
// path can't be read.
func PinnedNamespace(path string) *int64 {
	if path == "" {
		return new(int64)
	}
	var fs unix.Statfs_t
	var st unix.Stat_t
	err := unix.Statfs(path, &fs)
	if err == nil {
		err = unix.Stat(path, &st)
	}
	switch {
	case errors.Is(err, unix.ENOENT), err == nil && fs.Type != unix.NSFS_MAGIC:
		return new(int64)
	case err != nil:
		return nil
	}
	return new(int64(st.Ino))
}
