package image

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// inNamespaces is in the environment of the test binary that runs in
// namespaces of its own.
const inNamespaces = "PODLAB_TEST_IN_NAMESPACES"

func TestMain(m *testing.M) {
	if os.Getenv(inNamespaces) != "" {
		if err := furnish(); err != nil {
			fmt.Fprintln(os.Stderr, "furnish namespaces:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// furnish makes new namespaces fit to live in.
func furnish() error {
	return errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, ""),
		unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"),
		exec.Command("ip", "link", "set", "lo", "up").Run(),
	)
}

// isolate runs the test again on a machine of its own, as it were: with an
// empty /run, a network that leads nowhere, and nothing that outlives it. It
// says whether this is there, so that the test is to go on.
func isolate(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inNamespaces) != "" {
		return true
	}
	switch {
	case testing.Short():
		t.Skip("starts dockerds of its own: not with -short")
	case os.Geteuid() != 0:
		t.Skip("starting dockerd takes root")
	}
	for _, program := range []string{"dockerd", "docker"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), inNamespaces+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID}
	out, err := cmd.CombinedOutput()
	switch {
	case errors.Is(err, unix.EPERM):
		t.Skip("namespaces may not be made here")
	case err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())):
		t.Errorf("%v\n%s", err, out)
	}
	return false
}
