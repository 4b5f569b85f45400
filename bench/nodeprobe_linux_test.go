package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"podlab/internal/engine"
	"podlab/internal/node"
	"podlab/internal/nodeprobe/api"
	"podlab/internal/nodeprobe/client"
	"podlab/internal/testkit/actor"
	"podlab/internal/testkit/runtimetest"
)

// TestMain runs the benchmarks in their own PID namespace, if it may create one, so
// that the snapshots have no other processes of this machine.
func TestMain(m *testing.M) {
	actor.Main()
	const isolated = "PODLAB_BENCH_ISOLATED"
	if os.Getenv(isolated) != "" {
		private := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
		if err := errors.Join(private, unix.Mount("proc", "/proc", "proc", 0, "")); err != nil {
			fmt.Fprintln(os.Stderr, "mount /proc:", err)
			os.Exit(1)
		}
		m.Run()
		return
	}
	self := exec.Command("/proc/self/exe", os.Args[1:]...)
	self.Env = append(self.Environ(), isolated+"=yes")
	self.Stdin, self.Stdout, self.Stderr = os.Stdin, os.Stdout, os.Stderr
	self.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	switch err := self.Run(); {
	case errors.Is(err, unix.EPERM):
		m.Run()
	case err != nil:
		os.Exit(1)
	}
}

// With the runtime's shims, these are 500 processes.
const pods, childrenPerPod = 50, 7

// BenchmarkSnapshot takes snapshots of 50 pods with 500 processes, or of the kind
// node in PODLAB_BENCH_NODE.
func BenchmarkSnapshot(b *testing.B) {
	binary := buildNodeprobe(b)
	r, runtime := nodeOrHost(b, binary)
	if runtime != nil {
		for i := range pods {
			pod := fmt.Sprintf("pod-%d", i)
			sandbox := runtime.RunSandbox(b, pod, 0)
			runtime.StartContainer(b, runtime.CreateContainer(b, sandbox, pod, "server", "forever", "server", strconv.Itoa(childrenPerPod)))
		}
	}
	c := dial(b, r, binary, nil)
	s := firstSnapshot(b, c, runtime != nil)
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := c.Snapshot(b.Context()); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	report(b, times)
	b.ReportMetric(float64(len(s.Processes)), "processes")
	b.ReportMetric(float64(len(s.Sandboxes)), "sandboxes")
	b.ReportMetric(float64(len(s.Containers)), "containers")
	b.ReportMetric(rss(b, r, s), "MB-rss")
	b.ReportMetric(float64(len(binary))/1e6, "MB-binary")
}

// BenchmarkExitEvent kills sandboxes and waits for the event.
func BenchmarkExitEvent(b *testing.B) {
	binary := buildNodeprobe(b)
	runtime := runtimetest.Start(b)
	runtime.RequireEvents(b)
	exited, stopped := make(chan api.Event), make(chan api.Event)
	c := dial(b, host{binary: write(b, binary), socket: runtime.Socket}, binary, func(e api.Event) {
		switch e.What {
		case "process-exited":
			exited <- e
		case "sandbox-stopped":
			stopped <- e
		}
	})
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		b.StopTimer()
		sandbox := runtime.RunSandbox(b, "victim", uint32(i))
		pid := pidOf(b, c, sandbox)
		b.StartTimer()
		start := time.Now()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			b.Fatal(err)
		}
		e := <-exited
		times = append(times, time.Since(start))
		if e.ID != sandbox || e.PID != pid {
			b.Fatalf("event %+v, killed %d", e, pid)
		}
		b.StopTimer()
		<-stopped // before that, the runtime can't remove the sandbox
		runtime.RemoveSandbox(b, sandbox)
		b.StartTimer()
	}
	report(b, times)
}

// report adds the numbers that a mean hides.
func report(b *testing.B, times []time.Duration) {
	b.Helper()
	slices.Sort(times)
	ms := func(t time.Duration) float64 { return float64(t.Microseconds()) / 1000 }
	b.ReportMetric(ms(times[0]), "ms-min")
	b.ReportMetric(ms(times[len(times)/2]), "ms-median")
	b.ReportMetric(ms(times[len(times)-1]), "ms-max")
}

// nodeOrHost returns a runner for the node in PODLAB_BENCH_NODE, or else for this
// host with a new runtime.
func nodeOrHost(b *testing.B, binary []byte) (node.Runner, *runtimetest.Runtime) {
	b.Helper()
	if name := os.Getenv("PODLAB_BENCH_NODE"); name != "" {
		e, err := engine.Find(b.Context(), engine.Options{})
		if err != nil {
			b.Fatal(err)
		}
		return node.Engine(e, name), nil
	}
	runtime := runtimetest.Start(b)
	return host{binary: write(b, binary), socket: runtime.Socket}, runtime
}

// firstSnapshot takes the first snapshot. With waitForPods, it waits until each pod
// has its pause process, its main process and the main process's children.
func firstSnapshot(b *testing.B, c *client.Client, waitForPods bool) *api.Snapshot {
	b.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		s, err := c.Snapshot(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		owned := 0
		for _, p := range s.Processes {
			if p.Owner != "" {
				owned++
			}
		}
		if !waitForPods || owned == pods*(2+childrenPerPod) {
			return s
		}
		if time.Now().After(deadline) {
			b.Fatalf("%d processes in %d pods after a minute", owned, pods)
		}
	}
}

func pidOf(b *testing.B, c *client.Client, sandbox string) int {
	b.Helper()
	s, err := c.Snapshot(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	i := slices.IndexFunc(s.Sandboxes, func(s api.Sandbox) bool { return s.ID == sandbox })
	if i < 0 || s.Sandboxes[i].PID == 0 {
		b.Fatalf("sandbox %s has no process", sandbox)
	}
	return s.Sandboxes[i].PID
}

// rss returns nodeprobe's peak resident memory in MB.
func rss(b *testing.B, r node.Runner, s *api.Snapshot) float64 {
	b.Helper()
	i := slices.IndexFunc(s.Processes, func(p api.Process) bool { return strings.HasPrefix(p.Name, "nodeprobe") })
	if i < 0 {
		b.Fatal("nodeprobe is not in its own snapshot")
	}
	status, err := node.Output(b.Context(), r, "cat", fmt.Sprintf("/proc/%d/status", s.Processes[i].PID))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); fields[0] == "VmHWM:" {
			kib, err := strconv.Atoi(fields[1])
			if err != nil {
				b.Fatal(err)
			}
			return float64(kib) * 1024 / 1e6
		}
	}
	b.Fatal("nodeprobe's status has no VmHWM")
	return 0
}

func dial(b *testing.B, r node.Runner, binary []byte, onEvent func(api.Event)) *client.Client {
	b.Helper()
	c, err := client.Dial(b.Context(), r, binary, onEvent)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	return c
}

// buildNodeprobe builds nodeprobe without debug information, as podlab embeds it.
func buildNodeprobe(b *testing.B) []byte {
	b.Helper()
	path := filepath.Join(b.TempDir(), "nodeprobe")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "podlab/cmd/nodeprobe")
	build.Env = append(build.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build nodeprobe: %v\n%s", err, out)
	}
	binary, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	return binary
}

func write(b *testing.B, binary []byte) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "nodeprobe")
	if err := os.WriteFile(path, binary, 0o700); err != nil {
		b.Fatal(err)
	}
	return path
}

// A host is a runner that treats this machine as a node that has nodeprobe. It
// runs binary instead of every shell command.
type host struct{ binary, socket string }

func (h host) Run(ctx context.Context, c node.Command) error {
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	if c.Argv[0] == "sh" {
		cmd = exec.CommandContext(ctx, h.binary, "-runtime", h.socket)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, os.Stderr
	cmd.WaitDelay = 100 * time.Millisecond // do not wait for the end of stdin
	if err := cmd.Run(); !errors.Is(err, exec.ErrWaitDelay) {
		return err
	}
	return nil
}
