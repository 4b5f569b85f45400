package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"podlab/internal/apt"
)

// bootstrapPackages bring mmdebstrap, and the keys that it knows Debian by,
// which other distributions don't have by themselves.
var bootstrapPackages = []string{"mmdebstrap", "debian-archive-keyring"}

// installBootstrap installs what makes Debian's file systems, where that is
// possible.
func installBootstrap(ctx context.Context, o Options) error {
	command := "apt-get install " + strings.Join(bootstrapPackages, " ")
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("building images from packages takes mmdebstrap: install it as root (%s), or use images from a registry", command)
	}
	if o.Ask != nil {
		switch yes, err := o.Ask("Building images from packages takes mmdebstrap. Install it (" + command + ")?"); {
		case err != nil:
			return err
		case !yes:
			return errors.New("building images from packages takes mmdebstrap, and it was not to be installed: use images from a registry")
		}
	}
	return apt.Install(ctx, o.report(), bootstrapPackages...)
}
