//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// exitRuntime is the exit status of runc itself on an error.
const exitRuntime = 1

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		if err := printBounding(os.Stdout); err != nil {
			die(err)
		}
		return
	}
	die(run(os.Args[1:]))
}

// run adapts the file that runc reads for args to this host, and then replaces this
// process with runc. It returns only on error.
func run(args []string) error {
	if path, edit := target(args); path != "" {
		if err := rewrite(path, edit); err != nil {
			return err
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		// containerd may have a PATH without sbin.
		runc = "/usr/sbin/runc"
	}
	err = syscall.Exec(runc, append([]string{"runc"}, args...), os.Environ())
	return errors.New("podlab-oci: run " + runc + ": " + err.Error())
}

func die(err error) {
	os.Stderr.WriteString(err.Error() + "\n") //nolint:errcheck // stderr is the only place to report it
	os.Exit(exitRuntime)
}
