package runner

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"podlab/internal/lab"
	"podlab/internal/node"
)

// A Machine is what scenarios can need.
type Machine struct {
	// Images is where a cluster's images came from, registry or packages.
	Images string
	// CgroupVersion is 1 or 2.
	CgroupVersion int
	// Arch is in Go's words (amd64, arm64).
	Arch string
	// Node is one of the nodes.
	Node node.Runner

	vxlan   sync.Once
	noVXLAN string
}

// Lacks says what the machine has in place of what a scenario needs, "" when it
// has that.
func (m *Machine) Lacks(need lab.Need) string {
	if need == lab.NeedVXLAN {
		m.vxlan.Do(m.tryVXLAN)
		return m.noVXLAN
	}
	has := map[lab.Need]bool{
		lab.NeedRegistry: m.Images == "registry",
		lab.NeedCgroupV1: m.CgroupVersion == 1,
		lab.NeedCgroupV2: m.CgroupVersion == 2,
		lab.NeedAMD64:    m.Arch == "amd64",
		lab.NeedARM64:    m.Arch == "arm64",
	}
	if has[need] {
		return ""
	}
	return fmt.Sprintf("its images are from %s, its nodes are on cgroup v%d and %s", m.Images, m.CgroupVersion, m.Arch)
}

// vxlanWithin is how long a node may take to make a device.
const vxlanWithin = 10 * time.Second

// tryVXLAN makes a vxlan device where nobody sees it, in a network namespace
// that goes with the command: a kernel can have come without the module. A node
// that can't be asked lacks nothing; whoever plays on it finds out the rest.
func (m *Machine) tryVXLAN() {
	ctx, cancel := context.WithTimeout(context.Background(), vxlanWithin)
	defer cancel()
	err := m.Node.Run(ctx, node.Command{
		Argv: []string{"unshare", "--net", "ip", "link", "add", "vxlan0", "type", "vxlan", "id", "1", "dstport", "4789"},
	})
	if refused, ok := errors.AsType[*node.ExitError](err); ok {
		m.noVXLAN = "its kernel makes no vxlan device: " + strings.TrimSpace(refused.Stderr)
	}
}
