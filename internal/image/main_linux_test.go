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

// inNamespaces is in the environment of a test binary that runs in namespaces of
// its own.
const inNamespaces = "PODLAB_TEST_IN_NAMESPACES"

func TestMain(m *testing.M) {
	if os.Getenv(inNamespaces) != "" {
		if err := setUp(); err != nil {
			fmt.Fprintln(os.Stderr, "set up namespaces:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// setUp mounts file systems and starts the loopback device in new namespaces.
func setUp() error {
	return errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, ""),
		unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"),
		exec.Command("ip", "link", "set", "lo", "up").Run(),
	)
}

// isolate runs the test again in namespaces of its own: with an empty /run, a
// network that has only the loopback device, and processes that end with the
// test. In there, isolate returns true and the test continues.
func isolate(t *testing.T) bool {
	t.Helper()
	if os.Getenv(inNamespaces) != "" {
		return true
	}
	switch {
	case testing.Short():
		t.Skip("-short: starts its own dockerd")
	case os.Geteuid() != 0:
		t.Skip("dockerd needs root")
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
		t.Skip("namespaces are not permitted here")
	case err != nil || !bytes.Contains(out, []byte("--- PASS: "+t.Name())):
		t.Errorf("%v\n%s", err, out)
	}
	return false
}
