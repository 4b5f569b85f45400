package bringup

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

// A Machine describes what scenarios can need.
type Machine struct {
	// Images is the source of the cluster's images: registry or packages.
	Images string
	// CgroupVersion is 1 or 2.
	CgroupVersion int
	// Arch is a GOARCH (amd64, arm64).
	Arch string
	// Node is one of the nodes.
	Node node.Runner

	vxlan   sync.Once
	noVXLAN string
}

// Lacks returns what the machine has instead of what a scenario needs, "" when it
// meets the need.
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
	return fmt.Sprintf("its images come from %s, and its nodes run on cgroup v%d and %s", m.Images, m.CgroupVersion, m.Arch)
}

// vxlanTimeout bounds creating a network device in a node.
const vxlanTimeout = 10 * time.Second

// tryVXLAN creates a vxlan device in a network namespace that ends with the command,
// because some kernels lack the module. Only an error of the command means that vxlan
// is missing. If the node does not answer, the scenario reports that itself.
func (m *Machine) tryVXLAN() {
	ctx, cancel := context.WithTimeout(context.Background(), vxlanTimeout)
	defer cancel()
	err := m.Node.Run(ctx, node.Command{
		Argv: []string{"unshare", "--net", "ip", "link", "add", "vxlan0", "type", "vxlan", "id", "1", "dstport", "4789"},
	})
	if refused, ok := errors.AsType[*node.ExitError](err); ok {
		m.noVXLAN = "its kernel can't create a vxlan device: " + strings.TrimSpace(refused.Stderr)
	}
}
