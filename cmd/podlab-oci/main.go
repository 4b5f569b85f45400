//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// exitRuntime is what runc itself exits with when it could not do its work.
const exitRuntime = 1

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		if err := describe(os.Stdout); err != nil {
			die(err)
		}
		return
	}
	die(hand(os.Args[1:]))
}

// hand makes what args tell runc to read fit for this host, and becomes runc:
// it returns only when that fails.
func hand(args []string) error {
	if path, edit := target(args); path != "" {
		if err := rewrite(path, edit); err != nil {
			return err
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		// containerd may have been started with a PATH without sbin.
		runc = "/usr/sbin/runc"
	}
	err = syscall.Exec(runc, append([]string{"runc"}, args...), os.Environ())
	return errors.New("podlab-oci: run " + runc + ": " + err.Error())
}

func die(err error) {
	os.Stderr.WriteString(err.Error() + "\n") //nolint:errcheck // there is nobody left to tell
	os.Exit(exitRuntime)
}
