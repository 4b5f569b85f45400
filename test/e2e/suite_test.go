// Package e2e_test plays podlab on a real kind cluster of its own, beside
// whatever else is on the machine.
package e2e_test

import (
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/onsi/gomega/gexec"

	"podlab"
	"podlab/internal/bringup"
	"podlab/internal/cluster"
	"podlab/internal/engine"
	"podlab/internal/image"
	"podlab/internal/lab"
	"podlab/internal/progress"
	"podlab/internal/state"
)

// clusterName is the cluster that the specs share.
const clusterName = "podlab-e2e"

const (
	// bringUpWithin is for a machine without engine and images: installing the
	// one and building the other takes a quarter of an hour on two cores.
	bringUpWithin = 40 * time.Minute
	// runWithin is for one verb on a running cluster, on a busy machine.
	runWithin = 3 * time.Minute
	// recoverWithin is for a cluster to be well again after it was hurt.
	recoverWithin = 3 * time.Minute
)

// The suite's world. BeforeSuite makes it.
var (
	binary     string // podlab, as make builds it
	home       string // podlab's state, kubeconfig and content
	contentDir string // the labs, with node ports that are free here
	content    *lab.Content
	lab2       *lab.Lab
	host       *engine.Engine
	images     *image.Images
	shared     *bringup.Cluster
)

func TestEndToEnd(t *testing.T) {
	RegisterFailHandler(Fail)
	if testing.Short() {
		t.Skip("takes an engine and minutes: not with -short")
	}
	suite, reporter := GinkgoConfiguration()
	suite.Timeout = time.Hour
	RunSpecs(t, "podlab on a cluster", suite, reporter)
}

var _ = BeforeSuite(func(ctx SpecContext) {
	var err error
	DeferCleanup(gexec.CleanupBuildArtifacts)
	By("building podlab")
	binary, err = gexec.BuildWithEnvironment("podlab/cmd/podlab", []string{"CGO_ENABLED=0"},
		"-trimpath", "-buildvcs=false", "-ldflags=-s -w") // as make does, so that Go has it all in its cache
	Expect(err).NotTo(HaveOccurred())
	furnish()

	By("bringing up " + clusterName)
	seen := progress.New(os.Stderr, false)
	// --recreate: a suite that was killed can have left a broken cluster behind.
	Expect(bringup.Locked(clusterName, func() (err error) {
		shared, err = bringup.Up(ctx, bringup.Options{
			Name: clusterName, Engine: engine.Options{Start: true, Progress: seen}, Images: image.Auto, Recreate: true, Progress: seen,
		}, lab2.KindConfig)
		if err != nil {
			return err
		}
		return shared.AwaitReady(ctx)
	})).To(Succeed())
	host, images = shared.Engine, shared.Images
	DeferCleanup(func(ctx SpecContext) {
		Expect(shared.Close()).To(Succeed())
		Expect(cluster.Down(ctx, host, clusterName, seen)).To(Succeed())
	}, NodeTimeout(2*time.Minute))
	for _, p := range shared.Phases {
		AddReportEntry(p.Name, p.Elapsed.Round(100*time.Millisecond).String())
	}
}, NodeTimeout(bringUpWithin))

// furnish gives podlab a home of the suite's own. Images stay where every
// podlab of this user has them.
func furnish() {
	GinkgoHelper()
	var err error
	home = GinkgoT().TempDir()
	Expect(os.Setenv("PODLAB_STATE_DIR", filepath.Join(home, "state"))).To(Succeed())
	Expect(os.Setenv("KUBECONFIG", filepath.Join(home, "kubeconfig"))).To(Succeed())
	cache, err := state.Cache()
	Expect(err).NotTo(HaveOccurred())
	Expect(os.Setenv("PODLAB_CACHE_DIR", cache)).To(Succeed())

	contentDir = filepath.Join(home, "content")
	Expect(os.CopyFS(contentDir, podlab.Content)).To(Succeed())
	usePorts(contentDir, freePorts(2))
	content, err = lab.Load(os.DirFS(contentDir))
	Expect(err).NotTo(HaveOccurred())
	lab2, err = content.Lab("lab-2")
	Expect(err).NotTo(HaveOccurred())
}

// usePorts replaces the host's ports in the labs of dir.
func usePorts(dir string, ports []int) {
	GinkgoHelper()
	files, err := filepath.Glob(filepath.Join(dir, "labs", "*", "kind.yaml"))
	Expect(err).NotTo(HaveOccurred())
	Expect(files).NotTo(BeEmpty())
	for _, file := range files {
		config, err := os.ReadFile(file)
		Expect(err).NotTo(HaveOccurred())
		changed := strings.NewReplacer(
			"hostPort: 30000", "hostPort: "+strconv.Itoa(ports[0]),
			"hostPort: 30001", "hostPort: "+strconv.Itoa(ports[1]),
		).Replace(string(config))
		Expect(changed).NotTo(Equal(string(config)), "the ports in %s are others", file)
		Expect(os.WriteFile(file, []byte(changed), fs.FileMode(0o600))).To(Succeed())
	}
}

// freePorts returns ports of the loopback that nobody listens on.
func freePorts(n int) []int {
	GinkgoHelper()
	ports := make([]int, n)
	held := make([]net.Listener, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		Expect(err).NotTo(HaveOccurred())
		held[i], ports[i] = l, l.Addr().(*net.TCPAddr).Port
	}
	for _, l := range held {
		Expect(l.Close()).To(Succeed())
	}
	return ports
}

// The specs share one cluster, so their order is fixed: those that look at it,
// those that hurt it and see it recover, and at last those that destroy it.
var _ = Describe("podlab", Ordered, ContinueOnFailure, func() {
	Context("with lab 2", Label("lab"), labSpecs)
	Context("looking at a pod", Label("pod"), podSpecs)
	Context("told something wrong", Label("refuse"), refusalSpecs)
	Context("interrupted", Label("interrupt"), interruptSpecs)
	Context("on another pause", Label("pause"), pauseSpecs)
	Context("proving its grader", Label("verify"), verifySpecs)
	Context("unable to see", Label("blind"), blindSpecs)
	Context("losing its cluster", Label("lost"), lostSpecs)

	AfterEach(keepLogs)
})
