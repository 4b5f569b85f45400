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

// own is the cluster of the specs that fail to make one, or are interrupted.
const own = "podlab-e2e-own"

// ownContent is the labs with node ports that no cluster has.
func ownContent() (dir string, ports []int) {
	GinkgoHelper()
	dir, ports = filepath.Join(GinkgoT().TempDir(), "content"), freePorts(2)
	Expect(os.CopyFS(dir, podlab.Content)).To(Succeed())
	usePorts(dir, ports)
	return dir, ports
}

// onOwn is a verb that makes a cluster which no other spec has.
func onOwn(verb, dir string, args ...string) []string {
	return append([]string{verb, "lab-2", "--name", own, "--content", dir}, args...)
}

// leaveOthersAlone compares what belongs to others before and after each spec.
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

	It("names every port that somebody listens on", func() {
		dir, ports := ownContent()
		for _, port := range ports {
			l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
			Expect(err).NotTo(HaveOccurred())
			DeferCleanup(l.Close)
		}
		s := start(onOwn("up", dir)...).ends(unknown, runWithin)
		for _, port := range ports {
			Expect(s.errors()).To(ContainSubstring("port 127.0.0.1:%d/tcp is in use", port))
		}
	})

	It("names the cluster that has a port", func() {
		s := start(onOwn("run", contentDir)...).ends(unknown, runWithin)
		Expect(s.errors()).To(ContainSubstring("is in use by kind cluster %s (container %s)", clusterName, worker))
		Expect(s.Out.Contents()).To(BeEmpty())
	})

	It("leaves a cluster alone that it did not make", func() {
		const theirs = "podlab-e2e-theirs"
		docker("run", "--detach", "--name", theirs+"-control-plane", "--label", "io.x-k8s.kind.cluster="+theirs,
			"--label", "io.x-k8s.kind.role=control-plane", "--network=none", "--entrypoint", "sleep", images.Node, "infinity")
		DeferCleanup(docker, "rm", "--force", theirs+"-control-plane")
		look := func() string {
			return docker("inspect", "--format", "{{.Id}} {{.State.StartedAt}}", theirs+"-control-plane")
		}
		before := look()
		dir, _ := ownContent()
		for _, args := range [][]string{
			{"up", "--content", dir},
			{"up", "--recreate", "--content", dir},
			{"run", "lab-2", "--content", dir},
			{"verify", "lab-2", "--content", dir},
			{"down"},
		} {
			s := start(append(args, "--name", theirs)...).ends(unknown, runWithin)
			Expect(s.errors()).To(ContainSubstring("cluster " + theirs + " was not made by podlab"))
		}
		Expect(look()).To(Equal(before))
	})

	It("lets one run at a time have the cluster", func() {
		first := start(onShared("run", "lab-2", "--output", "json")...)
		pid := first.Command.Process.Pid
		lock := filepath.Join(os.Getenv("PODLAB_STATE_DIR"), "locks", "cluster-"+clusterName+".lock")
		Eventually(os.ReadFile, runWithin).WithArguments(lock).Should(ContainSubstring(`"pid":%d,`, pid))
		second := start(onShared("up")...).ends(unknown, runWithin)
		Expect(second.errors()).To(MatchRegexp(`cluster %s is in use by pid %d since .* \(.*run.*lab-2`, clusterName, pid))
		expectAllPassed(first.ends(passed, runWithin).report())
	})

	It("says that a disk is full, before anything is made", func() {
		dir, _ := ownContent()
		s := podlabWith([]string{"PODLAB_STATE_DIR=" + fullDisk(0)}, onOwn("up", dir)...).ends(unknown, runWithin)
		Expect(s.errors()).To(ContainSubstring("no space left on device"))
	})

	It("says Unknown when a disk becomes full on the way", func() {
		s := podlabWith([]string{"PODLAB_STATE_DIR=" + fullDisk(64<<10)}, onShared("run", "lab-2", "--output", "json")...).ends(unknown, runWithin)
		r := s.report()
		Expect(r.Score).To(BeZero())
		for _, c := range r.Checks {
			Expect(c.Message).To(ContainSubstring("no space left on device"), c.ID)
		}
	})

	Context("on an engine without images", func() {
		var env []string
		BeforeAll(func(ctx SpecContext) { env = emptyEngine(ctx) })

		It("says in one message that the network is down", func() {
			dir, _ := ownContent()
			cache := GinkgoT().TempDir()
			cmd := command(append(env, "PODLAB_CACHE_DIR="+cache, "GOMODCACHE="+filepath.Join(cache, "mod"), "GOFLAGS=-modcacherw"),
				onOwn("up", dir, "--images", "packages")...)
			cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNET}
			s := begin(cmd).ends(unknown, runWithin)
			Expect(s.errors()).To(MatchRegexp(`(?m)^podlab: build images from packages: `))
		})

		It("says in one message that the disk is full", func() {
			dir, _ := ownContent()
			s := podlabWith(append(env, "PODLAB_CACHE_DIR="+fullDisk(1<<20)), onOwn("up", dir, "--images", "packages")...).ends(unknown, runWithin)
			Expect(s.errors()).To(MatchRegexp("(?i)no space left on device")) // apt writes it in capitals
		})

		It("stops getting images when it is interrupted", func() {
			dir, _ := ownContent()
			s := podlabWith(env, onOwn("up", dir)...)
			Eventually(s.Err, runWithin).Should(gbytes.Say(`(?m)^… `))
			s.Interrupt()
			s.ends(interrupted, runWithin)
		})
	})
}

// emptyEngine starts a dockerd of the specs' own, without images or networks,
// and returns what makes podlab use it.
func emptyEngine(ctx context.Context) (env []string) {
	GinkgoHelper()
	if os.Geteuid() != 0 {
		Skip("starting dockerd takes root")
	}
	if _, err := exec.LookPath("dockerd"); err != nil {
		Skip("there is no dockerd to start one of the specs' own")
	}
	run, err := os.MkdirTemp("/run", "e") // short, as paths of sockets must be
	Expect(err).NotTo(HaveOccurred())
	d := &engine.Daemon{
		Root: filepath.Join(GinkgoT().TempDir(), "engine"), Run: run, Socket: filepath.Join(run, "docker.sock"),
		Settings: map[string]any{"bridge": "none", "iptables": false},
	}
	Expect(withoutNetwork(func() error { return d.Start(ctx) })).To(Succeed())
	DeferCleanup(d.Purge)
	return []string{"DOCKER_HOST=unix://" + d.Socket, "PODLAB_STATE_DIR=" + GinkgoT().TempDir()}
}

// withoutNetwork does something in a network namespace that leads nowhere: a
// dockerd there reaches no registry, and can't get at the bridge of another.
func withoutNetwork(do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: a thread with another namespace is of no use to others
		err := unix.Unshare(unix.CLONE_NEWNET)
		if err == nil {
			err = do()
		}
		done <- err
	}()
	return <-done
}

// fullDisk returns a directory on a file system with room for so many bytes.
func fullDisk(room int) string {
	GinkgoHelper()
	if os.Geteuid() != 0 {
		Skip("mounting takes root")
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
