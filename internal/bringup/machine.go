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
	// Images is the source of the cluster's images: registry or packages, "" when its
	// record is lost.
	Images string
	// CgroupVersion is 1 or 2, 0 when it is not known.
	CgroupVersion int
	// Arch is a GOARCH (amd64, arm64).
	Arch string
	// Node is one of the nodes.
	Node node.Runner

	vxlan   sync.Once
	noVXLAN string
}

// Lacks returns what the machine has instead of what a scenario needs. It returns ""
// when the machine meets the need, and when that is not known: the scenario's own
// observations then decide.
func (m *Machine) Lacks(need lab.Need) string {
	if need == lab.NeedVXLAN {
		m.vxlan.Do(m.tryVXLAN)
		return m.noVXLAN
	}
	wants := func(want, has, what string) string {
		if has == "" || has == want {
			return "" // what is not known is no proof of a lack
		}
		return what + " " + has
	}
	cgroup := ""
	if m.CgroupVersion != 0 {
		cgroup = fmt.Sprintf("v%d", m.CgroupVersion)
	}
	switch need {
	case lab.NeedRegistry:
		return wants("registry", m.Images, "its images come from")
	case lab.NeedCgroupV1:
		return wants("v1", cgroup, "its nodes run on cgroup")
	case lab.NeedCgroupV2:
		return wants("v2", cgroup, "its nodes run on cgroup")
	case lab.NeedAMD64:
		return wants("amd64", m.Arch, "its nodes run on")
	case lab.NeedARM64:
		return wants("arm64", m.Arch, "its nodes run on")
	}
	return ""
}

// refusedByKernel is ip's exit code for an error that the kernel returned. 1 is an
// error of ip or unshare itself.
const refusedByKernel = 2

// vxlanTimeout bounds creating a network device in a node.
const vxlanTimeout = 10 * time.Second

// tryVXLAN creates a vxlan device in a network namespace that ends with the command,
// because some kernels lack the module. Only the kernel's refusal proves the lack; ip
// reports it with exit code 2. If the node does not answer, the scenario reports that
// itself.
func (m *Machine) tryVXLAN() {
	ctx, cancel := context.WithTimeout(context.Background(), vxlanTimeout)
	defer cancel()
	err := m.Node.Run(ctx, node.Command{
		Argv: []string{"unshare", "--net", "ip", "link", "add", "vxlan0", "type", "vxlan", "id", "1", "dstport", "4789"},
	})
	if refused, ok := errors.AsType[*node.ExitError](err); ok && refused.Code == refusedByKernel {
		m.noVXLAN = "its kernel can't create a vxlan device: " + strings.TrimSpace(refused.Stderr)
	}
}
