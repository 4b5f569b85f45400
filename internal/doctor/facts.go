package doctor

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"podlab/internal/engine"
)

// Facts describe a machine.
type Facts struct {
	// OS is the machine's GOOS.
	OS string
	// Root is the machine's root file system. The checks read only files in proc,
	// sys, run and etc.
	Root fs.FS
	// Getenv reads an environment variable.
	Getenv func(string) string
	// Engine is the usable engine, or nil.
	Engine *engine.Engine
	// None is the reason if Engine is nil.
	None error
	// LacksSysResource says that no process started by this one can have
	// CAP_SYS_RESOURCE.
	LacksSysResource bool
	// Disks are the file systems that podlab and the engine write to.
	Disks []Disk
	// Ports are the ports of the machine that clusters publish.
	Ports []Port
	// Superuser says whether podlab runs as root.
	Superuser bool
	// Programs are the paths of programs, "" for a program that is not on PATH.
	Programs map[string]string
}

// A Disk is a file system.
type Disk struct {
	// Use is what is written to it: engine or cache.
	Use string
	// Path is a directory in it.
	Path string
	// Free is the free space in bytes.
	Free uint64
}

// A Port is a TCP port of the machine.
type Port struct {
	Number int
	// Busy is the error of listening on the port, or nil if that succeeds.
	Busy error
	// Container is the container that publishes the port, or "". Cluster is that
	// container's kind cluster, or "".
	Container, Cluster string
}

// read returns the content of a file without leading and trailing space, or "" if
// the file can't be read.
func (f *Facts) read(file string) string {
	data, err := fs.ReadFile(f.Root, file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// number returns the number in a file.
func (f *Facts) number(file string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(f.read(file), 10, 64)
	return n, err == nil
}

// field returns the value in a file with lines of the form "name: value".
func (f *Facts) field(file, name string) string {
	for line := range strings.Lines(f.read(file)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func (f *Facts) exists(file string) bool {
	_, err := fs.Stat(f.Root, path.Clean(file))
	return !errors.Is(err, fs.ErrNotExist)
}

// linux reports whether the machine itself runs the containers. Elsewhere a
// virtual machine runs them, and the checks can't read its files.
func (f *Facts) linux() bool { return f.OS == "linux" }
