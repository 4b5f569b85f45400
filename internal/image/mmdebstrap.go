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

// mmdebstrapPackages are mmdebstrap and the keys that verify Debian's packages,
// which other distributions do not have by default.
var mmdebstrapPackages = []string{"mmdebstrap", "debian-archive-keyring"}

// installMmdebstrap installs mmdebstrap, if the machine and the user allow it.
func installMmdebstrap(ctx context.Context, o Options) error {
	command := "apt-get install " + strings.Join(mmdebstrapPackages, " ")
	if _, err := exec.LookPath("apt-get"); err != nil || os.Geteuid() != 0 {
		return fmt.Errorf("mmdebstrap is missing: install it as root (%s), or use images from a registry", command)
	}
	if o.Ask != nil {
		switch yes, err := o.Ask("Building images from packages needs mmdebstrap. Install it (" + command + ")?"); {
		case err != nil:
			return err
		case !yes:
			return errors.New("mmdebstrap is missing, and you chose not to install it: use images from a registry")
		}
	}
	return apt.Install(ctx, o.report(), mmdebstrapPackages...)
}
