package proc

import (
	"os"

	"golang.org/x/sys/unix"
)

// A dir is an open directory below /proc. One of a process stays that
// process's: once it has been reaped, reading gives ENOENT or ESRCH, even when
// its pid was given to another process since.
type dir int

// anywhere is for absolute paths.
const anywhere = dir(unix.AT_FDCWD)

// sub opens a directory below d for looking things up in it.
func (d dir) sub(path string) (dir, error) { return d.open(path, unix.O_PATH|unix.O_DIRECTORY) }

func (d dir) open(path string, flags int) (dir, error) {
	for {
		fd, err := unix.Openat(int(d), path, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return dir(fd), err
		}
	}
}

func (d dir) close() { _ = unix.Close(int(d)) }

// read returns all of a file, in a buffer that the next read may use again:
// *buf, which grows when a file does not fit. The kernel ends the files of
// /proc that this is used for with a short read.
func (d dir) read(path string, buf *[]byte) ([]byte, error) {
	file, err := d.open(path, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer file.close()
	length := 0
	for {
		n, err := unix.Read(int(file), (*buf)[length:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		length += n
		if length < len(*buf) {
			return (*buf)[:length], nil
		}
		*buf = append(*buf, make([]byte, len(*buf))...)
	}
}

// link returns what a symbolic link says, in *buf.
func (d dir) link(path string, buf *[]byte) ([]byte, error) {
	n, err := unix.Readlinkat(int(d), path, *buf)
	if err != nil {
		return nil, err
	}
	return (*buf)[:n], nil
}

// numbered calls f with the names of the numbered entries of the directory
// path, in the kernel's order.
func (d dir) numbered(path string, buf *[]byte, f func(name string)) error {
	list, err := d.open(path, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer list.close()
	for {
		n, err := unix.Getdents(int(list), *buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return err
		}
		_, _, names := unix.ParseDirent((*buf)[:n], -1, nil)
		for _, name := range names {
			if name[0] >= '0' && name[0] <= '9' {
				f(name)
			}
		}
	}
}

// newBuffer is large enough for nearly every file of /proc.
func newBuffer() []byte { return make([]byte, 4*os.Getpagesize()) }
