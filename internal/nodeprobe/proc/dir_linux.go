package proc

import (
	"os"

	"golang.org/x/sys/unix"
)

// A dir is an open directory below /proc. The directory of a process stays with
// that process: after the process is reaped, reads fail with ENOENT or ESRCH, even
// if another process has its pid.
type dir int

// absolute opens absolute paths.
const absolute = dir(unix.AT_FDCWD)

// sub opens a directory below d.
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

// read reads a whole file into *buf and grows *buf if necessary. The result is
// valid until *buf is used again. read treats a short read as the end of the file,
// which is right for the files of /proc that nodeprobe reads.
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

// link reads the target of a symbolic link into *buf.
func (d dir) link(path string, buf *[]byte) ([]byte, error) {
	n, err := unix.Readlinkat(int(d), path, *buf)
	if err != nil {
		return nil, err
	}
	return (*buf)[:n], nil
}

// eachNumber calls f with the names of a directory's entries that are numbers, in
// the kernel's order.
func (d dir) eachNumber(path string, buf *[]byte, f func(name string)) error {
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

// newBuffer returns a buffer that is large enough for nearly every file of /proc.
func newBuffer() []byte { return make([]byte, 4*os.Getpagesize()) }
