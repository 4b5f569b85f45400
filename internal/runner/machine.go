package runner

import (
	"fmt"

	"podlab/internal/lab"
)

// A Machine is what scenarios can need.
type Machine struct {
	// Images is where a cluster's images came from, registry or packages.
	Images string
	// CgroupVersion is 1 or 2.
	CgroupVersion int
	// Arch is in Go's words (amd64, arm64).
	Arch string
}

// Lacks says what the machine has in place of what a scenario needs, "" when it
// has that.
func (m Machine) Lacks(need lab.Need) string {
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
