//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
)

// exitRuntime is runc's exit status for its own failures.
const exitRuntime = 1

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		if err := printMissing(os.Stdout); err != nil {
			die(err)
		}
		return
	}
	die(execRunc(os.Args[1:]))
}

// execRunc edits the file that args name for this host, then executes runc. It
// returns only on failure.
func execRunc(args []string) error {
	if path, edit := target(args); path != "" {
		if err := rewrite(path, edit); err != nil {
			return err
		}
	}
	runc, err := exec.LookPath("runc")
	if err != nil {
		// containerd's PATH may lack sbin.
		runc = "/usr/sbin/runc"
	}
	err = syscall.Exec(runc, append([]string{"runc"}, args...), os.Environ())
	return errors.New("podlab-oci: run " + runc + ": " + err.Error())
}

func die(err error) {
	os.Stderr.WriteString(err.Error() + "\n") //nolint:errcheck // stderr is the only place to report to
	os.Exit(exitRuntime)
}
