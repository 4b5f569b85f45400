package cluster

import (
	"os"
	"path"
	"strconv"
	"strings"

	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

// A mark on a node says that podlab created the node, for which user, and from
// which configuration.
//
// It is a mount. Of everything that kind passes to the engine, only a mount can
// carry a text of podlab's, exists as soon as the container does, and shows in
// inspect of a stopped container too. So podlab never mistakes its own node for a
// foreign one or the other way round, even after a crash of podlab or the
// machine, and the mark can't get lost like a file.
type mark struct {
	// owner is the user. Several people may share an engine, but not their
	// clusters.
	owner string
	// config is a hash of the cluster's configuration.
	config string
}

const (
	// markDir is the parent of the mount's path in the node: markDir/owner/config.
	markDir = "/etc/podlab"
	// markSource is the mounted directory. Every engine that runs kind has it,
	// because kind mounts it into every node.
	markSource = "/lib/modules"
)

// currentOwner returns the owner for marks of this user.
func currentOwner() string {
	return "uid-" + strconv.Itoa(os.Getuid())
}

// mount returns the mark for kind's configuration.
func (m mark) mount() v1alpha4.Mount {
	return v1alpha4.Mount{HostPath: markSource, ContainerPath: path.Join(markDir, m.owner, m.config), Readonly: true}
}

// parseMark returns the mark whose mount has this path in the node.
func parseMark(destination string) (m mark, ok bool) {
	rest, ok := strings.CutPrefix(destination, markDir+"/")
	if !ok {
		return mark{}, false
	}
	m.owner, m.config, ok = strings.Cut(rest, "/")
	return m, ok && m.owner != "" && m.config != ""
}

// checkOwner returns a *[ForeignError] unless every container of the cluster bears
// podlab's mark for the owner. A cluster with other containers too is foreign,
// because podlab must not remove those.
func checkOwner(name string, found []container, owner string) error {
	for _, c := range found {
		m, ok := c.mark()
		if !ok {
			return &ForeignError{Name: name}
		}
		if m.owner != owner {
			return &ForeignError{Name: name, Owner: m.owner}
		}
	}
	return nil
}
