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
		t.Errorf("got %+v, not podlab's own docker on %s", e, d.Socket)
	}
	first := d.Status()
	if first.PID == 0 || first.Socket != d.Socket {
		t.Fatalf("status says %+v", first)
	}
	// Neither podlab's end nor a Ctrl-C at its terminal is to reach it.
	if session, err := unix.Getsid(first.PID); err != nil || session != first.PID {
		t.Errorf("it is in session %d (%v), not in one of its own", session, err)
	}
	start(t, d)
	if again := d.Status(); again != first {
		t.Errorf("started again it is %+v, not %+v", again, first)
	}
	for range 2 {
		if err := d.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if s := d.Status(); s.PID != 0 || alive(strconv.Itoa(first.PID)) {
			t.Fatalf("stopped it still runs: %+v", s)
		}
	}
	if !exists(d.data()) {
		t.Error("stopping removed the data")
	}
}

// docker0 is the bridge of the docker that is there already.
func TestDaemonBesideAnotherLeavesItsBridge(t *testing.T) {
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
			t.Errorf("while it runs: %s: %v", bridge, err)
		}
	}
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := net.InterfaceByName("docker0"); err != nil {
		t.Errorf("when it has stopped: docker0: %v", err)
	}
	if _, err := net.InterfaceByName(ownBridge); err == nil {
		t.Errorf("when it has stopped, %s is still there", ownBridge)
	}
}

func TestDaemonStartedByManyAtOnceIsOne(t *testing.T) {
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
		t.Errorf("%d daemons came up, want 1", n)
	}
}

// Pid files that name a process of somebody else's, as after a crash.
func TestDaemonStartsOverStalePidfiles(t *testing.T) {
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
	await(t, "it has its command line", func() bool { return alive(pid) })
	for _, file := range []string{d.pidfile(), d.containerdPidfile()} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o711), os.WriteFile(file, []byte(pid), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if d.Status().PID != 0 {
		t.Error("somebody else's process is taken for dockerd")
	}
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !alive(pid) {
		t.Fatal("stopping ended somebody else's process")
	}
	start(t, d)
	if err := d.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !alive(pid) {
		t.Error("somebody else's process was ended")
	}
}

func kill(t *testing.T, d *Daemon) {
	t.Helper()
	p := d.running()
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	gone(t, strconv.Itoa(p.Pid))
	if d.Status().PID != 0 {
		t.Fatal("killed, it is said to run")
	}
}

func TestDaemonKilledHardComesUpAgain(t *testing.T) {
	d := testDaemon(t)
	importImage(t, start(t, d), "kept", build(t, "./testdata/sleeper"))
	kill(t, d)
	if _, ok, err := start(t, d).ImageID(t.Context(), "kept"); err != nil || !ok {
		t.Errorf("the image is gone (%v)", err)
	}
}

func TestDaemonKilledHardIsStoppedWithItsContainers(t *testing.T) {
	d := testDaemon(t)
	pid := runSleeper(t, start(t, d), "--network=none", "--privileged")
	kill(t, d)
	if !alive(pid) {
		t.Fatal("the container did not outlive its daemon: nothing to test")
	}
	stopped, err := Down(t.Context(), DownOptions{Daemon: d})
	if err != nil || stopped {
		t.Fatalf("got %v, %v; want that none ran", stopped, err)
	}
	gone(t, pid)
	if d.containerd() != nil || d.leftover() {
		t.Error("containerd was left behind")
	}
}

func TestDaemonThatCannotStartSaysWhy(t *testing.T) {
	d := testDaemon(t)
	d.Settings["storage-driver"] = "papyrus"
	err := d.Start(t.Context())
	if err == nil || !strings.Contains(err.Error(), "driver not supported") || !strings.Contains(err.Error(), d.Log()) {
		t.Errorf("got %v, want its log's last lines", err)
	}
	if d.Status().PID != 0 || d.containerd() != nil {
		t.Error("something still runs")
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
		t.Errorf("got %v, want that it was cancelled", err)
	}
	if d.Status().PID != 0 || d.containerd() != nil {
		t.Error("something still runs")
	}
}

func TestPurgeRemovesEverything(t *testing.T) {
	d := testDaemon(t)
	pid := runSleeper(t, start(t, d), "--network=none")
	if _, err := Down(t.Context(), DownOptions{Daemon: d, Purge: true}); err != nil {
		t.Fatal(err)
	}
	gone(t, pid)
	if exists(d.Root) || exists(d.Run) {
		t.Error("something is left on disk")
	}
}

// A second dockerd empties docker's chains in iptables when it starts.
func TestDaemonLeavesTheRulesOfAnother(t *testing.T) {
	if program("iptables-save") == "" {
		t.Skip("iptables is not installed")
	}
	other := testDaemon(t)
	other.Socket, other.Settings = standardSocket, nil
	theirs := start(t, other)
	output(t, theirs, "network", "create", "theirs")
	runSleeper(t, theirs, "--network=theirs", "--publish=18080:80")
	before := rules(t.Context())
	if !slices.ContainsFunc(before["iptables"], func(rule string) bool { return strings.Contains(rule, "--dport 18080") }) {
		t.Fatalf("the published port is not among %q", before)
	}

	d := testDaemon(t)
	d.Settings = nil
	ours := start(t, d)
	output(t, ours, "network", "create", "ours")
	runSleeper(t, ours, "--network=ours", "--publish=18081:80")
	now := rules(t.Context())
	for family := range before {
		kept := slices.DeleteFunc(slices.Clone(now[family]), func(rule string) bool { return !slices.Contains(before[family], rule) })
		if !slices.Equal(kept, before[family]) {
			t.Errorf("%s: of\n%s\nare left\n%s", family, strings.Join(before[family], "\n"), strings.Join(now[family], "\n"))
		}
	}

	kill(t, d)
	start(t, d)
	if stale := rules(t.Context())["iptables"]; slices.ContainsFunc(stale, func(rule string) bool { return strings.Contains(rule, "--dport 18081") }) {
		t.Errorf("a rule of a container that is gone was put back: %q", stale)
	}
}
