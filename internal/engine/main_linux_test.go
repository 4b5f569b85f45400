package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inNamespaces is a variable in the environment of the test binary that runs in
// its own namespaces.
const inNamespaces = "PODLAB_TEST_IN_NAMESPACES"

// TestMain runs the test binary again in its own mount, network and PID
// namespaces. The dockerds of the tests see an empty /run and can't change the
// machine's network. The kernel kills them when the tests end, in any way.
func TestMain(m *testing.M) {
	if os.Geteuid() != 0 {
		os.Exit(m.Run())
	}
	if os.Getenv(inNamespaces) != "" {
		if err := prepareNamespaces(); err != nil {
			fmt.Fprintln(os.Stderr, "prepare namespaces:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	cmd := exec.Command("/proc/self/exe", os.Args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Env = append(os.Environ(), inNamespaces+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWPID,
		Pdeathsig:  unix.SIGKILL,
	}
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		os.Exit(m.Run()) // tests that need the namespaces skip themselves
	}
	os.Exit(0)
}

// prepareNamespaces mounts /proc and an empty /run, and enables the loopback.
func prepareNamespaces() error {
	return errors.Join(
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, ""),
		unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=755"),
		exec.Command("ip", "link", "set", "lo", "up").Run(),
	)
}

// needDockerd skips the test if it can't start a dockerd.
func needDockerd(t *testing.T) {
	t.Helper()
	switch {
	case os.Geteuid() != 0:
		t.Skip("starting dockerd takes root")
	case os.Getenv(inNamespaces) == "":
		t.Skip("the test binary can't create namespaces")
	case program("dockerd") == "" || program("docker") == "":
		t.Skip("docker is not installed")
	}
}

// testDaemon returns a daemon that the test's cleanup purges.
func testDaemon(t *testing.T) *Daemon {
	t.Helper()
	needDockerd(t)
	run, err := os.MkdirTemp("/run", "d") //nolint:usetesting // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	d := &Daemon{
		Root:     filepath.Join(t.TempDir(), "engine"),
		Run:      run,
		Socket:   filepath.Join(run, "docker.sock"),
		Settings: map[string]any{"bridge": "none", "iptables": false},
		Runtime:  build(t, "podlab/cmd/podlab-oci"),
	}
	t.Cleanup(func() {
		if err := d.Purge(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return d
}

// start starts a daemon and returns it as an engine.
func start(t *testing.T, d *Daemon) *Engine {
	t.Helper()
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	e, err := d.Engine(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// build returns the static executable of a package.
func build(t *testing.T, pkg string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, pkg)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v: %s", pkg, err, out)
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// runSleeper starts a container that runs until it is stopped, and returns the pid
// of its process.
func runSleeper(t *testing.T, e *Engine, flags ...string) string {
	t.Helper()
	importImage(t, e, "sleeper", build(t, "./testdata/sleeper"))
	id := output(t, e, append(append([]string{"run", "--detach"}, flags...), "sleeper")...)
	return output(t, e, "inspect", "--format", "{{.State.Pid}}", id)
}

// importImage imports an image that runs a program.
func importImage(t *testing.T, e *Engine, name string, binary []byte) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "program"), binary, 0o755); err != nil {
		t.Fatal(err)
	}
	tar, err := exec.Command("tar", "-C", dir, "-c", "program").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := e.Command(t.Context(), "import", "--change", `ENTRYPOINT ["/program"]`, "-", name)
	cmd.Stdin = strings.NewReader(string(tar))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("import image: %v: %s", err, out)
	}
}

func output(t *testing.T, e *Engine, args ...string) string {
	t.Helper()
	out, err := e.Output(t.Context(), args...)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// await polls a condition that has no event.
func await(t *testing.T, condition string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); !holds(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("timed out waiting until %s", condition)
		}
	}
}

// awaitExit waits until a process has exited.
func awaitExit(t *testing.T, pid string) {
	t.Helper()
	await(t, "pid "+pid+" has exited", func() bool { return !alive(pid) })
}

// alive reports whether a process exists and is not a zombie.
func alive(pid string) bool {
	line, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
	return err == nil && len(line) > 0
}
