package doctor

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"podlab/internal/engine"
)

// Facts are what is judged.
type Facts struct {
	// OS is the machine's, in Go's words.
	OS string
	// Root is the machine's file system, from / on; nothing but proc, sys, run
	// and etc is looked at.
	Root fs.FS
	// Getenv reads the environment.
	Getenv func(string) string
	// Engine is the one that is used; nil when None is usable.
	Engine *engine.Engine
	// None is why there is none.
	None error
	// Disks are where podlab and the engine write.
	Disks []Disk
	// Ports are those of the machine that clusters publish.
	Ports []Port
	// Root tells whether podlab runs as root.
	Superuser bool
	// Programs says which programs are on PATH, and where.
	Programs map[string]string
}

// A Disk is a file system.
type Disk struct {
	// Use is who writes there: engine or cache.
	Use string
	// Path is where.
	Path string
	// Free is what may still be written, in bytes.
	Free uint64
}

// A Port is a TCP port of the machine's.
type Port struct {
	Number int
	// Busy is why it can't be listened on; nil when it can.
	Busy error
	// Container is the one that publishes it, if one does, and Cluster the kind
	// cluster which that belongs to, if it does.
	Container, Cluster string
}

// read returns what a file holds, without the space around it; "" when it is
// not there or can't be read.
func (f *Facts) read(file string) string {
	data, err := fs.ReadFile(f.Root, file)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// number returns the number that a file holds.
func (f *Facts) number(file string) (n uint64, ok bool) {
	n, err := strconv.ParseUint(f.read(file), 10, 64)
	return n, err == nil
}

// field returns what stands behind a name and a colon in a file of lines.
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

// linux says whether the machine itself runs the containers; elsewhere they
// run in a virtual machine, whose insides are not looked at.
func (f *Facts) linux() bool { return f.OS == "linux" }
