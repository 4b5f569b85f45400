//go:build linux

package main

import (
	"io"
	"strings"

	"github.com/moby/sys/capability"
)

// missingCapabilities returns the names (CAP_SYS_RESOURCE) of the capabilities
// that neither this process nor any program it executes can have: those outside
// its bounding set, and those that the kernel does not know.
func missingCapabilities() []string {
	var missing []string
	for _, c := range capability.ListKnown() {
		// The only error is EINVAL, for a capability that the kernel does not know.
		if bound, err := capability.GetBound(c); err != nil || !bound {
			missing = append(missing, "CAP_"+strings.ToUpper(c.String()))
		}
	}
	return missing
}

// printMissing prints the missing capabilities in one line. In a privileged
// container, these are the capabilities that the engine can't give to anyone.
func printMissing(w io.Writer) error {
	_, err := io.WriteString(w, "podlab-oci: missing capabilities: "+strings.Join(missingCapabilities(), " ")+"\n")
	return err
}
