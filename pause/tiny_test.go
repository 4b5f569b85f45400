//go:build linux

package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"podlab/pause/behaviour"
)

// TestTinyIsSmall measures many, as the kernel starts stacks at random places.
func TestTinyIsSmall(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the promise is about amd64, this is ", runtime.GOARCH)
	}
	path := writeTiny(t)
	for range 30 {
		cost, err := behaviour.Measure(t.Context(), path[0])
		if err != nil {
			t.Fatal(err)
		}
		if cost.RSS > 12<<10 || cost.Threads != 1 {
			t.Fatalf("has %d bytes in memory and %d threads, want at most 12 KiB and 1", cost.RSS, cost.Threads)
		}
	}
}

// TestTinyForArm runs it under qemu, which has handlers of its own: where the
// kernel would keep SIGSEGV from a PID 1, they end it.
func TestTinyForArm(t *testing.T) {
	if runtime.GOARCH == "arm64" {
		t.Skip("TestBodies runs it")
	}
	qemu, err := exec.LookPath("qemu-aarch64")
	if err != nil {
		if qemu, err = exec.LookPath("qemu-aarch64-static"); err != nil {
			t.Skip("there is no qemu for user programs to run arm64's with (Debian's qemu-user-static): ", err)
		}
	}
	if diff := cmp.Diff(sorted(slices.Concat(talking, []string{"inside", "others"})), violations(t, []string{qemu, writeTinyFor(t, "arm64")})); diff != "" {
		t.Errorf("statements that are not true of it (-want +got):\n%s", diff)
	}
}

// TestSuiteRunsAnyPause runs the suite as its users do.
func TestSuiteRunsAnyPause(t *testing.T) {
	if *other != "" {
		t.Skip("this is such a run")
	}
	for _, c := range []struct {
		name string
		argv []string
		fail string
	}{
		{"pause", goBuild("podlab/pause")(t), ""},
		{"noreap", goBuild("podlab/pause/noreap")(t), "TestAnother/orphan"},
	} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestAnother", "-test.v", "-pause", c.argv[0])
		out, err := cmd.CombinedOutput()
		if skipped := regexp.MustCompile(`--- SKIP: (TestAnother/\S+)`).FindSubmatch(out); skipped != nil {
			t.Skipf("%s is skipped", skipped[1])
		}
		failed := regexp.MustCompile(`--- FAIL: ` + c.fail + ` `).Match(out)
		if (err != nil) != (c.fail != "") || c.fail != "" && !failed {
			t.Errorf("%s: %v\n%s", filepath.Base(c.argv[0]), err, out)
		}
	}
}
