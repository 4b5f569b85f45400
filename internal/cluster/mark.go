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
// The mark is a mount. kind passes mounts to the engine, the engine adds them when
// it creates the container, and inspect shows them even for a stopped container.
// So podlab never confuses its own nodes with foreign nodes, even after a crash of
// podlab or the machine, and the mark can't get lost like a file.
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

// checkOwner returns a *[ForeignError] unless every container of the cluster has
// podlab's mark for the owner. If only some containers have the mark, the cluster is
// foreign, because podlab must not remove the other containers.
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
