package e2e_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gbytes"
	"golang.org/x/sys/unix"

	"podlab"
	"podlab/internal/engine"
)

// own is the cluster of the specs that create their own cluster.
const own = "podlab-e2e-own"

// ownContent returns a directory of labs with node ports that no cluster uses.
func ownContent() (dir string, ports []int) {
	GinkgoHelper()
	dir, ports = filepath.Join(GinkgoT().TempDir(), "content"), freePorts(2)
	Expect(os.CopyFS(dir, podlab.Content)).To(Succeed())
	usePorts(dir, ports)
	return dir, ports
}

// onOwn returns the arguments for a command that creates the cluster own.
func onOwn(name, dir string, args ...string) []string {
	return append([]string{name, "lab-2", "--name", own, "--content", dir}, args...)
}

// leaveOthersAlone expects that each spec leaves the resources of others unchanged.
func leaveOthersAlone() {
	var before []string
	BeforeAll(bystanders)
	BeforeEach(func() {
		before = others()
		DeferCleanup(discard, own)
	})
	AfterEach(func() { Expect(others()).To(Equal(before)) })
}

func refusalSpecs() {
	leaveOthersAlone()
	AfterEach(func() { Expect(leftOf(own)).To(BeEmpty()) })

	It("names every port in use", func() {
		dir, ports := ownContent()
		for _, port := range ports {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(l.Close)
		}
		s := start(onOwn("up", dir)...).ends(unknown, runTimeout)
		for _, port := range ports {
			Expect(s.errors()).To(ContainSubstring("port 127.0.0.1:%d/tcp is in use", port))
		}
	})

	It("names the cluster that uses a port", func() {
		s := start(onOwn("run", contentDir)...).ends(unknown, runTimeout)
		Expect(s.errors()).To(ContainSubstring("is in use by kind cluster %s (container %s)", clusterName, worker))
		Expect(s.Out.Contents()).To(BeEmpty())
	})

	It("leaves a cluster alone that podlab did not create", func() {
		const theirs = "podlab-e2e-theirs"
		docker("run", "--detach", "--name", theirs+"-control-plane", "--label", "io.x-k8s.kind.cluster="+theirs,
			"--label", "io.x-k8s.kind.role=control-plane", "--network=none", "--entrypoint", "sleep", images.Node, "infinity")
		DeferCleanup(docker, "rm", "--force", theirs+"-control-plane")
		inspect := func() string {
			return docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", theirs+"-control-plane")
		}
		before := inspect()
		dir, _ := ownContent()
		for _, args := range [][]string{
			{"up", "--content", dir},
			{"up", "--recreate", "--content", dir},
			{"run", "lab-2", "--content", dir},
			{"verify", "lab-2", "--content", dir},
			{"down"},
		} {
			s := start(append(args, "--name", theirs)...).ends(unknown, runTimeout)
			Expect(s.errors()).To(ContainSubstring("cluster " + theirs + " was not made by podlab"))
		}
		Expect(inspect()).To(Equal(before))
	})

	It("locks the cluster during a run", func() {
		first := start(onShared("run", "lab-2", "--output", "json")...)
		pid := first.Command.Process.Pid
		lock := filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "locks", "cluster-"+clusterName+".lock")
		Eventually(os.ReadFile, runTimeout).WithArguments(lock).Should(ContainSubstring(`"pid":%d,`, pid))
		second := start(onShared("up")...).ends(unknown, runTimeout)
		Expect(second.errors()).To(MatchRegexp(`cluster %s is in use by pid %d since .* \(.*run.*lab-2`, clusterName, pid))
		expectAllPassed(first.ends(passed, runTimeout).report())
	})

	It("reports a full disk before it creates anything", func() {
		dir, _ := ownContent()
		s := podlabWith([]string{"PODLAB_STATE_DIR=" + fullDisk(0)}, onOwn("up", dir)...).ends(unknown, runTimeout)
		Expect(s.errors()).To(ContainSubstring("no space left on device"))
	})

	It("reports Unknown when the disk fills up during a run", func() {
		s := podlabWith([]string{"PODLAB_STATE_DIR=" + fullDisk(64<<10)}, onShared("run", "lab-2", "--output", "json")...).ends(unknown, runTimeout)
		r := s.report()
		Expect(r.Score).To(BeZero())
		for _, c := range r.Checks {
			Expect(c.Message).To(ContainSubstring("no space left on device"), c.ID)
		}
	})

	Context("on an engine without images", func() {
		var env []string
		BeforeAll(func(ctx SpecContext) { env = emptyEngine(ctx) })

		It("reports in one message that the network is down", func() {
			dir, _ := ownContent()
			cache := GinkgoT().TempDir()
			cmd := command(append(env, "PODLAB_CACHE_DIR="+cache, "GOMODCACHE="+filepath.Join(cache, "mod"), "GOFLAGS=-modcacherw"),
				onOwn("up", dir, "--images", "packages")...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
			s := begin(cmd).ends(unknown, runTimeout)
			Expect(s.errors()).To(MatchRegexp(`(?m)^podlab: build images from packages: `))
		})

		It("reports in one message that the disk is full", func() {
			dir, _ := ownContent()
			s := podlabWith(append(env, "PODLAB_CACHE_DIR="+fullDisk(1<<20)), onOwn("up", dir, "--images", "packages")...).ends(unknown, runTimeout)
			Expect(s.errors()).To(MatchRegexp("(?i)no space left on device")) // apt capitalizes the message
		})

		It("stops pulling and building images when it is interrupted", func() {
			dir, _ := ownContent()
			s := podlabWith(env, onOwn("up", dir)...)
			Eventually(s.Err, runTimeout).Should(gbytes.Say(`(?m)^… `))
			s.Interrupt()
			s.ends(interrupted, runTimeout)
		})
	})
}

// emptyEngine starts the specs' own dockerd without images and networks. It returns the
// environment that makes podlab use that dockerd.
func emptyEngine(ctx context.Context) (env []string) {
	GinkgoHelper()
	if os.Geteuid() != 0 {
		Skip("needs root to start dockerd")
	}
	if _, err := exec.LookPath("dockerd"); err != nil {
		Skip("needs dockerd")
	}
	run, err := os.MkdirTemp("/run", "e") // paths of sockets must be short
	Expect(err).NotTo(HaveOccurred())
	d := &engine.Daemon{
		Root: filepath.Join(GinkgoT().TempDir(), "engine"), Run: run, Socket: filepath.Join(run, "docker.sock"),
		Settings: map[string]any{"bridge": "none", "iptables": false},
	}
	Expect(withoutNetwork(func() error { return d.Start(ctx) })).To(Succeed())
	DeferCleanup(d.Purge)
	return []string{"DOCKER_HOST=unix://" + d.Socket, "PODLAB_STATE_DIR=" + GinkgoT().TempDir()}
}

// withoutNetwork calls do in an empty network namespace. A dockerd there can reach
// neither a registry nor the bridge of another dockerd.
func withoutNetwork(do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked, because the thread's network namespace stays changed
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = do()
		}
		done <- err
	}()
	return <-done
}

// fullDisk returns a directory on a file system that has room for that many bytes.
func fullDisk(room int) string {
	GinkgoHelper()
	if os.Geteuid() != 0 {
		Skip("needs root to mount a file system")
	}
	dir := GinkgoT().TempDir()
	size := max(room, os.Getpagesize())
	Expect(unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=700", size))).To(Succeed())
	DeferCleanup(unix.Unmount, dir, unix.MNT_DETACH)
	if room == 0 {
		Expect(os.WriteFile(filepath.Join(dir, "full"), make([]byte, size), 0o600)).To(Succeed())
	}
	return dir
}
