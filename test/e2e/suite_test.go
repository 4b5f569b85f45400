// Package e2e_test runs podlab on real kind clusters. It leaves everything else on the
// machine alone.
package e2e_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
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
	// bringUpTimeout allows a machine without an engine and images to install the engine
	// and build the images, which takes 15 minutes on two cores.
	bringUpTimeout = 40 * time.Minute
	// verifyTimeout bounds all rehearsals of all labs.
	verifyTimeout = 40 * time.Minute
	// runTimeout bounds one command on a running cluster and a busy machine.
	runTimeout = 3 * time.Minute
	// recoverTimeout bounds the recovery of a cluster after a spec disturbed it.
	recoverTimeout = 3 * time.Minute
)

// The suite's fixtures, which BeforeSuite creates.
var (
	binary     string // podlab
	home       string // directory of podlab's state, kubeconfig and content
	contentDir string // the labs, with node ports that are free on this machine
	content    *lab.Content
	lab2       *lab.Lab
	host       *engine.Engine
	images     *image.Images
	shared     *bringup.Cluster
)

func TestEndToEnd(t *testing.T) {
	RegisterFailHandler(Fail)
	if testing.Short() {
		t.Skip("needs an engine and minutes: not with -short")
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
		"-trimpath", "-buildvcs=false", "-ldflags=-s -w") // the same flags as make build, to reuse Go's build cache
	Expect(err).NotTo(HaveOccurred())
	useTestHome()

	By("bringing up " + clusterName)
	reporter := progress.New(os.Stderr, false)
	// A killed suite can have left a broken cluster, so recreate it.
	Expect(bringup.Locked(clusterName, func() (err error) {
		shared, err = bringup.Up(ctx, bringup.Options{
			Name: clusterName, Engine: engine.Options{Start: true, Progress: reporter}, Images: image.Auto, Recreate: true, Progress: reporter,
		}, lab2.KindConfig)
		if err != nil {
			return err
		}
		return shared.AwaitReady(ctx)
	})).To(Succeed())
	host, images = shared.Engine, shared.Images
	DeferCleanup(func(ctx SpecContext) {
		Expect(shared.Close()).To(Succeed())
		Expect(cluster.Down(ctx, host, clusterName, reporter)).To(Succeed())
	}, NodeTimeout(2*time.Minute))
	for _, p := range shared.Phases {
		AddReportEntry(p.Name, p.Elapsed.Round(100*time.Millisecond).String())
	}
}, NodeTimeout(bringUpTimeout))

// useTestHome gives podlab its own state, kubeconfig and content. podlab still uses the
// user's image cache.
func useTestHome() {
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

// usePorts replaces the host ports in the labs of dir.
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
		Expect(changed).NotTo(Equal(string(config)), "%s does not have the ports 30000 and 30001", file)
		Expect(os.WriteFile(file, []byte(changed), fs.FileMode(0o600))).To(Succeed())
	}
}

// freePorts returns unused ports of the loopback interface.
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

// The specs share one cluster, so their order is fixed: first the specs that only use it,
// then the specs that disturb it, and last the specs that destroy it.
var _ = Describe("podlab", Ordered, ContinueOnFailure, func() {
	Context("with lab 2", Label("lab"), labSpecs)
	Context("observing a pod", Label("pod"), podSpecs)
	Context("unable to do what it is asked", Label("refuse"), refusalSpecs)
	Context("interrupted", Label("interrupt"), interruptSpecs)
	Context("with another pause", Label("pause"), pauseSpecs)
	Context("verifying its checks", Label("verify"), verifySpecs)
	Context("unable to observe", Label("blind"), blindSpecs)
	Context("losing its cluster", Label("lost"), lostSpecs)

	AfterEach(keepLogs)
})

// After each spec, print its time: go test holds back ginkgo's dots until their line
// ends.
var _ = ReportAfterEach(func(s SpecReport) {
	fmt.Fprintf(os.Stdout, "\n%7s %8s  %s\n", s.State, s.RunTime.Round(100*time.Millisecond), s.FullText())
})

// After the suite, print the time of each context, slowest first.
var _ = ReportAfterSuite("times", func(r Report) {
	times := map[string]time.Duration{}
	for _, s := range r.SpecReports {
		name := s.LeafNodeType.String()
		if len(s.ContainerHierarchyTexts) > 1 {
			name = s.ContainerHierarchyTexts[1]
		}
		times[name] += s.RunTime
	}
	slowestFirst := slices.SortedFunc(maps.Keys(times), func(a, b string) int { return cmp.Compare(times[b], times[a]) })
	for _, name := range slowestFirst {
		fmt.Fprintf(os.Stdout, "%8s  %s\n", times[name].Round(time.Second), name)
	}
})
