package cluster

import (
	"os"
	"path"
	"strconv"
	"strings"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

// A mark on a node says that podlab made it, for whom, and by which
// configuration.
//
// It is a mount: of all that kind passes on to the engine, the only thing that
// can carry a text of ours, that comes into being with the container itself,
// and that the engine tells of a stopped container too. So there is no moment
// in which a node of ours could be taken for a foreign one, or the other way
// round, wherever podlab or the machine stops, and no file to lose.
type mark struct {
	// owner is the user who had it made: on a machine that several people share
	// an engine of, podlab is one program, but their clusters are theirs.
	owner string
	// config is a hash of the cluster's configuration.
	config string
}

const (
	// markDir is where the mark's mount is in a node: markDir/owner/config.
	markDir = "/etc/podlab"
	// markSource is what is mounted there. kind mounts it into every node, so
	// that every engine that can run kind has it.
	markSource = "/lib/modules"
)

// currentOwner names the user.
func currentOwner() string {
	return "uid-" + strconv.Itoa(os.Getuid())
}

// mount is the mark as kind's configuration takes it.
func (m mark) mount() v1alpha4.Mount {
	return v1alpha4.Mount{HostPath: markSource, ContainerPath: path.Join(markDir, m.owner, m.config), Readonly: true}
}

// markAt reads a mark from where something is mounted in a node.
func markAt(destination string) (m mark, ok bool) {
	rest, ok := strings.CutPrefix(destination, markDir+"/")
	if !ok {
		return mark{}, false
	}
	m.owner, m.config, ok = strings.Cut(rest, "/")
	return m, ok && m.owner != "" && m.config != ""
}
