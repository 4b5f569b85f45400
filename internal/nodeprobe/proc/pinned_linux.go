package proc

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Pinned returns the inode of the namespace that is bound to a path, 0 when
// there is none, what is left of one being an empty file; nil when it can't be
// told.
func Pinned(path string) *int64 {
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
