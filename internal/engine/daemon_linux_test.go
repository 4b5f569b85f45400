package engine

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func TestDaemonStartsOnceAndStops(t *testing.T) {
	d := testDaemon(t)
	e := start(t, d)
	if !e.Own || e.Provider != "docker" || e.Host != "unix://"+d.Socket || e.Root != d.data() {
		t.Errorf("got %+v, want podlab's own docker on %s", e, d.Socket)
	}
	first := d.Status()
	if first.PID == 0 || first.Socket != d.Socket {
		t.Fatalf("status is %+v, want a pid and socket %s", first, d.Socket)
	}
	// podlab's end and a Ctrl-C at its terminal must not reach dockerd.
	if session, err := unix.Getsid(first.PID); err != nil || session != first.PID {
		t.Errorf("dockerd is in session %d (%v), want a session of its own", session, err)
	}
	start(t, d)
	if again := d.Status(); again != first {
		t.Errorf("status after the second start is %+v, want %+v", again, first)
	}
	for range 2 {
		if err := d.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := d.Status(); s.PID != 0 || alive(strconv.Itoa(first.PID)) {
			t.Fatalf("dockerd runs after Stop: %+v", s)
		}
	}
	if !exists(d.data()) {
		t.Error("Stop removed the data")
	}
}

// docker0 is the bridge of the other docker.
func TestDaemonKeepsBridgeOfOtherDocker(t *testing.T) {
	d := testDaemon(t)
	d.Settings = map[string]any{"iptables": false}
	if err := addBridge("docker0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := removeBridge("docker0"); err != nil {
			t.Error(err)
		}
	})
	start(t, d)
	for _, bridge := range []string{"docker0", ownBridge} {
		if _, err := net.InterfaceByName(bridge); err != nil {
			t.Errorf("while the daemon runs: %s: %v", bridge, err)
		}
	}
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := net.InterfaceByName("docker0"); err != nil {
		t.Errorf("after Stop: docker0: %v", err)
	}
	if _, err := net.InterfaceByName(ownBridge); err == nil {
		t.Errorf("after Stop: %s still exists", ownBridge)
	}
}

func TestConcurrentStartsStartOneDaemon(t *testing.T) {
	d := testDaemon(t)
	var pids sync.Map
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := d.Start(t.Context()); err != nil {
				t.Error(err)
			}
			pids.Store(d.Status().PID, nil)
		})
	}
	wg.Wait()
	n := 0
	pids.Range(func(pid, _ any) bool {
		n++
		return pid != 0
	})
	if n != 1 {
		t.Errorf("%d daemons started, want 1", n)
	}
}

// After a crash, pid files may name processes that are not the daemon's.
func TestDaemonIgnoresStalePidfiles(t *testing.T) {
	d := testDaemon(t)
	other := exec.Command("sleep", "infinity")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Process.Kill()
		_ = other.Wait()
	}()
	pid := strconv.Itoa(other.Process.Pid)
	await(t, "the process has its command line", func() bool { return alive(pid) })
	for _, file := range []string{d.pidfile(), d.containerdPidfile()} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o711), os.WriteFile(file, []byte(pid), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if d.Status().PID != 0 {
		t.Error("status takes another process for dockerd")
	}
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !alive(pid) {
		t.Fatal("Stop ended another process")
	}
	start(t, d)
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !alive(pid) {
		t.Error("Start or Stop ended another process")
	}
}

func kill(t *testing.T, d *Daemon) {
	t.Helper()
	p := d.running()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	awaitExit(t, strconv.Itoa(p.Pid))
	if d.Status().PID != 0 {
		t.Fatal("status says that the killed daemon runs")
	}
}

func TestKilledDaemonStartsAgain(t *testing.T) {
	d := testDaemon(t)
	importImage(t, start(t, d), "kept", build(t, "./testdata/sleeper"))
	kill(t, d)
	if _, ok, err := start(t, d).ImageID(t.Context(), "kept"); err != nil || !ok {
		t.Errorf("the image was lost (%v)", err)
	}
}

func TestDownStopsContainersOfKilledDaemon(t *testing.T) {
	d := testDaemon(t)
	pid := runSleeper(t, start(t, d), "--network=none", "--privileged")
	kill(t, d)
	if !alive(pid) {
		t.Fatal("the container did not outlive its daemon, so there is nothing to test")
	}
	stopped, err := Down(t.Context(), DownOptions{Daemon: d})
	if err != nil || stopped {
		t.Fatalf("Down returned %v, %v; want false", stopped, err)
	}
	awaitExit(t, pid)
	if d.containerd() != nil || d.hasLeftovers() {
		t.Error("containerd or mounts are left")
	}
}

func TestFailedStartReportsLog(t *testing.T) {
	d := testDaemon(t)
	d.Settings["storage-driver"] = "papyrus"
	err := d.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "driver not supported") || !strings.Contains(err.Error(), d.Log()) {
		t.Errorf("got %v, want the last lines of the log", err)
	}
	if d.Status().PID != 0 || d.containerd() != nil {
		t.Error("dockerd or containerd still runs")
	}
}

func TestInterruptedStartLeavesNothing(t *testing.T) {
	d := testDaemon(t)
	for _, dir := range []string{d.Root, d.Run} {
		if err := os.MkdirAll(dir, 0o711); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.prepare(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.launch(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want context.Canceled", err)
	}
	if d.Status().PID != 0 || d.containerd() != nil {
		t.Error("dockerd or containerd still runs")
	}
}

func TestPurgeRemovesEverything(t *testing.T) {
	d := testDaemon(t)
	pid := runSleeper(t, start(t, d), "--network=none")
	if _, err := Down(t.Context(), DownOptions{Daemon: d, Purge: true}); err != nil {
		t.Fatal(err)
	}
	awaitExit(t, pid)
	if exists(d.Root) || exists(d.Run) {
		t.Error("directories are left")
	}
}

// A second dockerd empties docker's iptables chains when it starts.
func TestDaemonRestoresRulesOfOtherDocker(t *testing.T) {
	if program("iptables-save") == "" {
		t.Skip("iptables is not installed")
	}
	other := testDaemon(t)
	other.Socket, other.Settings = standardSocket, nil
	theirs := start(t, other)
	output(t, theirs, "network", "create", "theirs")
	runSleeper(t, theirs, "--network=theirs", "--publish=18080:80")
	before := dockerRules(t.Context())
	if !slices.ContainsFunc(before["iptables"], func(rule string) bool { return strings.Contains(rule, "--dport 18080") }) {
		t.Fatalf("no rule for the published port in %q", before)
	}

	d := testDaemon(t)
	d.Settings = nil
	ours := start(t, d)
	output(t, ours, "network", "create", "ours")
	runSleeper(t, ours, "--network=ours", "--publish=18081:80")
	now := dockerRules(t.Context())
	for family := range before {
		kept := slices.DeleteFunc(slices.Clone(now[family]), func(rule string) bool { return !slices.Contains(before[family], rule) })
		if !slices.Equal(kept, before[family]) {
			t.Errorf("%s: rules before:\n%s\nrules after:\n%s", family, strings.Join(before[family], "\n"), strings.Join(now[family], "\n"))
		}
	}

	kill(t, d)
	start(t, d)
	if stale := dockerRules(t.Context())["iptables"]; slices.ContainsFunc(stale, func(rule string) bool { return strings.Contains(rule, "--dport 18081") }) {
		t.Errorf("restored a rule of a stopped container: %q", stale)
	}
}

func TestMountsBelow(t *testing.T) {
	if os.Geteuid() != 0 || os.Getenv(inNamespaces) == "" {
		t.Skip("mounting takes root and namespaces of the test's own")
	}
	dir := t.TempDir()
	outer := filepath.Join(dir, "with space")
	inner := filepath.Join(outer, "inner")
	for _, mount := range []string{dir, outer, inner} {
		if err := errors.Join(os.MkdirAll(mount, 0o755), unix.Mount("tmpfs", mount, "tmpfs", 0, "")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = unix.Unmount(mount, unix.MNT_DETACH) })
	}
	got, err := mountsBelow(dir)
	if want := []string{inner, outer}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
}
